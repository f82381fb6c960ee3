// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/lru.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("lru gives up the page whose last access is longest ago") {
    PolicyFixture<Lru> pages;
    pages.insert({1, 2, 3, 4});
    pages.access({2, 1, 2});
    CHECK(pages.evict_all() == Order{3, 4, 1, 2});
}

TEST_CASE("lru passes over a busy page") {
    PolicyFixture<Lru> pages;
    pages.insert({1, 2});
    pages.candidates.frames[1].busy = true;
    CHECK(pages.select() == 2U);
}

TEST_CASE("lru on published strings") {
    CHECK(misses(OSTEP, 3, "lru") == 5);
    CHECK(misses(BELADY, 3, "lru") == 10);
    CHECK(misses(BELADY, 4, "lru") == 8);
    CHECK(misses(LOOP, 5, "lru") == 12);
    CHECK(misses(LOOP, 6, "lru") == 6);
}
