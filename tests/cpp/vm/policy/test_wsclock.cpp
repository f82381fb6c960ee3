// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/wsclock.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

/// Pages 1 to 4, all found accessed at time 10 by a round of the hand, which then stands at 1 again.
struct Seen : PolicyFixture<WsClock> {
    explicit Seen(std::uint64_t tau) : PolicyFixture(tau) {
        insert({1, 2, 3, 4});
        candidates.time = 10;
        CHECK(select().has_value());
    }
};

}  // namespace

TEST_CASE("the hand takes the first clean page outside the working set and looks no further") {
    Seen pages(5);
    pages.access({1, 2, 3, 4});
    pages.candidates.frames[2].accessed = false;
    pages.candidates.time = 20;
    CHECK(pages.evict() == 2U);
    CHECK_FALSE(pages.candidates.frames[1].accessed);
    CHECK(pages.candidates.frames[3].accessed);
}

TEST_CASE("a modified page outside leaves only if no clean one does") {
    Seen pages(5);
    pages.candidates.frames[1].modified = true;
    pages.candidates.frames[2].modified = true;
    pages.candidates.frames[4].busy = true;
    pages.candidates.time = 20;
    CHECK(pages.evict() == 3U);
    pages.candidates.time = 21;
    CHECK(pages.evict() == 1U);
}

TEST_CASE("when all are inside the clean page used longest ago leaves") {
    Seen pages(100);
    pages.candidates.time = 20;
    pages.access({2});
    CHECK(pages.select() == 1U);
    pages.candidates.frames[1].modified = true;
    CHECK(pages.evict() == 3U);
    CHECK(pages.evict() == 4U);
    CHECK(pages.evict() == 2U);  // clean, though used later than 1
    CHECK(pages.evict() == 1U);
}
