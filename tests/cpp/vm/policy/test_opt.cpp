// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/opt.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

std::vector<PageIdentity> future(std::initializer_list<std::uint32_t> pages) {
    std::vector<PageIdentity> identities;
    for (const std::uint32_t page : pages) {
        identities.push_back({0, PageIndex(page)});
    }
    return identities;
}

}  // namespace

TEST_CASE("opt gives up the page used farthest ahead, one never used again first") {
    PolicyFixture<Opt> pages(future({1, 2, 3, 4, 2, 1, 3}));
    pages.insert({1, 2, 3, 4});
    CHECK(pages.evict_all() == Order{4, 3, 1, 2});
}

TEST_CASE("of pages never used again the least recently used leaves") {
    PolicyFixture<Opt> pages(future({3, 1, 2, 3, 1}));
    pages.insert({3, 1, 2});
    pages.access({3, 1});
    CHECK(pages.evict_all() == Order{2, 3, 1});
}

TEST_CASE("opt passes over a busy page") {
    PolicyFixture<Opt> pages(future({1, 2, 3, 1, 2}));
    pages.insert({1, 2, 3});
    pages.candidates.frames[3].busy = true;
    CHECK(pages.select() == 2U);
}

TEST_CASE("a future that does not come is an error, not a wrong answer") {
    PolicyFixture<Opt> pages(future({1, 2}));
    pages.insert({1});
    CHECK_THROWS_AS(pages.access({1}), PolicyError);
    pages.insert({2});
    CHECK_THROWS_AS(pages.access({2}), PolicyError);  // beyond its end
    CHECK_FALSE(make_policy("opt", {}).ok());
}

TEST_CASE("opt on published strings") {
    CHECK(misses(OSTEP, 3, "opt") == 5);
    CHECK(misses(BELADY, 3, "opt") == 7);
    CHECK(misses(BELADY, 4, "opt") == 6);
}
