// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/two_handed_clock.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("the leading hand clears no more pages than it is ahead by") {
    PolicyFixture<TwoHandedClock> pages(2U);
    pages.insert({1, 2, 3, 4, 5});
    CHECK(pages.evict() == 1U);
    CHECK_FALSE(pages.candidates.frames[2].accessed);
    CHECK(pages.candidates.frames[3].accessed);
    CHECK(pages.candidates.frames[4].accessed);
}

TEST_CASE("a page accessed between the two hands stays") {
    PolicyFixture<TwoHandedClock> pages(2U);
    pages.insert({1, 2, 3, 4, 5});
    CHECK(pages.evict() == 1U);  // 2 is cleared
    pages.insert({6});
    pages.access({2});
    CHECK(pages.evict() == 3U);  // 3 and 4 were cleared on the way, 2 had been accessed again
    pages.insert({7});
    CHECK(pages.evict() == 4U);
}

TEST_CASE("an access before the leading hand comes by does not count") {
    PolicyFixture<TwoHandedClock> pages(1U);
    pages.insert({1, 2, 3});
    pages.access({1, 2, 3});
    CHECK(pages.evict_all() == Order{1, 2, 3});
}

TEST_CASE("hands farther apart give pages more time") {
    // Page 3 is accessed after each selection: the hands that are close clear and test it within one, the others do not.
    const auto stays = [](std::uint32_t spread) {
        PolicyFixture<TwoHandedClock> pages(spread);
        pages.insert({1, 2, 3, 4, 5, 6});
        for (std::uint32_t turn = 0; turn < 6; ++turn) {
            if (pages.evict() == 3U) {
                return false;
            }
            pages.insert({10 + turn});
            pages.access({3});
        }
        return true;
    };
    CHECK_FALSE(stays(1));
    CHECK(stays(3));
}

TEST_CASE("pages that go between the hands, under a hand and behind them keep the hands apart") {
    PolicyFixture<TwoHandedClock> pages(2U);
    pages.insert({1, 2, 3, 4, 5, 6});
    CHECK(pages.select() == 1U);  // the hands stand at 1 and 3
    pages.remove(3);              // under the leading hand
    pages.remove(2);              // between them
    pages.remove(1);              // under the trailing hand
    pages.remove(6);              // behind them
    pages.insert({7});
    CHECK(pages.select() == 4U);
    CHECK_FALSE(pages.candidates.frames[5].accessed);
    CHECK(pages.candidates.frames[7].accessed);
}

TEST_CASE("a leading hand past the last page goes on with the page that comes in next") {
    PolicyFixture<TwoHandedClock> pages(2U);
    pages.insert({1, 2, 3});
    CHECK(pages.select() == 1U);  // the hands stand at 1 and 3
    pages.remove(3);
    pages.insert({4});
    CHECK(pages.evict() == 1U);
    CHECK(pages.candidates.frames[4].accessed);
    CHECK(pages.select() == 2U);
    CHECK_FALSE(pages.candidates.frames[2].accessed);
}

TEST_CASE("a single page is the victim, a busy one is none") {
    PolicyFixture<TwoHandedClock> pages(std::nullopt);
    pages.insert({1});
    CHECK(pages.select() == 1U);
    pages.candidates.frames[1].busy = true;
    CHECK(pages.select() == std::nullopt);
}

TEST_CASE("without a spread the hands are half the ring apart") {
    PolicyFixture<TwoHandedClock> pages(std::nullopt);
    pages.insert({1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(pages.select() == 1U);
    CHECK_FALSE(pages.candidates.frames[4].accessed);
    CHECK(pages.candidates.frames[5].accessed);
}

TEST_CASE("hands together are refused") {
    const auto made = make_policy("two-handed-clock", {.hand_spread = 0U});
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().find("\"clock\"") != std::string::npos);
}
