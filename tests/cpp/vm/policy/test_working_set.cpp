// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/working_set.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

/// Pages 1, 2 and 3, found accessed at the times 10, 20 and 30.
struct Aged : PolicyFixture<WorkingSet> {
    explicit Aged(std::uint64_t tau) : PolicyFixture(tau) {
        insert({1, 2, 3});
        for (std::uint32_t frame = 1; frame <= 3; ++frame) {
            clear_accessed();
            access({frame});
            candidates.time = std::uint64_t{10} * frame;
            policy.on_tick(candidates);
        }
    }
};

}  // namespace

TEST_CASE("a page not used for tau is outside the working set") {
    Aged pages(15);
    pages.candidates.time = 34;
    CHECK(pages.select() == 1U);
    pages.access({1});
    CHECK(pages.select() == 2U);  // 14 ago, the oldest of those inside
    pages.candidates.time = 35;
    CHECK(pages.select() == 2U);  // 15 ago: outside
}

TEST_CASE("of the pages outside the first to come in leaves, not the one used longest ago") {
    PolicyFixture<WorkingSet> pages(std::uint64_t{5});
    pages.insert({1, 2});
    pages.candidates.time = 10;
    pages.policy.on_tick(pages.candidates);
    pages.access({1});
    pages.candidates.time = 11;
    pages.policy.on_tick(pages.candidates);
    pages.candidates.time = 30;
    CHECK(pages.select() == 1U);
}

TEST_CASE("when all are inside the one used longest ago leaves") {
    Aged pages(1000);
    pages.access({1});
    pages.candidates.time = 40;
    CHECK(pages.evict_all() == Order{2, 3, 1});
}

TEST_CASE("a page that came in but was not accessed is used just now") {
    PolicyFixture<WorkingSet> pages(std::uint64_t{5});
    pages.insert({1, 2});
    pages.candidates.time = 10;
    pages.policy.on_tick(pages.candidates);
    pages.insert({3});
    pages.clear_accessed();
    pages.candidates.time = 12;
    pages.policy.on_tick(pages.candidates);
    pages.candidates.time = 16;
    CHECK(pages.evict_all() == Order{1, 2, 3});
}

TEST_CASE("a window of nothing is refused") {
    CHECK_FALSE(make_policy("working-set", {.tau = 0}).ok());
    CHECK_FALSE(make_policy("wsclock", {.tau = 0}).ok());
}
