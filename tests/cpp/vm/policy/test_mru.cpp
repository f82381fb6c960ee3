// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/mru.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("mru gives up the page accessed last") {
    PolicyFixture<Mru> pages;
    pages.insert({1, 2, 3, 4});
    pages.access({2, 1, 2});
    CHECK(pages.evict_all() == Order{2, 1, 4, 3});
}

TEST_CASE("mru passes over a busy page") {
    PolicyFixture<Mru> pages;
    pages.insert({1, 2, 3});
    pages.candidates.frames[3].busy = true;
    CHECK(pages.select() == 2U);
}

TEST_CASE("mru keeps most of a loop that does not fit, as the optimum does") {
    CHECK(misses(LOOP, 5, "mru") == 7);
    CHECK(misses(LOOP, 5, "opt") == 7);
    CHECK(misses(LOOP, 6, "mru") == 6);
}
