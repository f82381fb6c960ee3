// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/clock.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("clock gives an accessed page a second chance and clears its A bit") {
    PolicyFixture<Clock> pages;
    pages.insert({1, 2, 3});
    pages.clear_accessed();
    pages.access({1, 3});
    CHECK(pages.evict() == 2U);
    CHECK_FALSE(pages.candidates.frames[1].accessed);
    CHECK(pages.candidates.frames[3].accessed);  // the hand did not come so far
    pages.insert({4});
    CHECK(pages.evict() == 1U);
}

TEST_CASE("clock goes round once when all were accessed, and takes the page where it began") {
    PolicyFixture<Clock> pages;
    pages.insert({1, 2, 3});
    CHECK(pages.select() == 1U);
    CHECK(pages.select() == 1U);  // a victim that stays is chosen again
}

TEST_CASE("clock leaves the A bit of a busy page alone") {
    PolicyFixture<Clock> pages;
    pages.insert({1, 2});
    pages.candidates.frames[1].busy = true;
    CHECK(pages.select() == 2U);
    CHECK(pages.candidates.frames[1].accessed);
}

TEST_CASE("second chance is the clock by another name") {
    CHECK(misses(LOOP, 5, "second-chance") == 12);
    CHECK(misses(LOOP, 6, "second-chance") == 6);
    CHECK(make_policy("second-chance", {}).value()->name() == "clock");
}
