// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/lfu.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("lfu gives up the page with the fewest accesses, among equals the least recent") {
    PolicyFixture<Lfu> pages;
    pages.insert({1, 2, 3, 4});
    pages.access({1, 1, 2, 3, 2, 3});
    CHECK(pages.evict_all() == Order{4, 1, 2, 3});
}

TEST_CASE("a page that comes in again is counted anew") {
    PolicyFixture<Lfu> pages;
    pages.insert({1, 2});
    pages.access({1, 1, 1, 2});
    pages.remove(1);
    pages.insert({1});
    CHECK(pages.select() == 1U);
}

TEST_CASE("lfu passes over a busy page to the next in rank") {
    PolicyFixture<Lfu> pages;
    pages.insert({1, 2, 3});
    pages.access({3, 2, 2});
    pages.candidates.frames[1].busy = true;
    CHECK(pages.select() == 3U);
}
