// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/fifo.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("fifo gives up the page that came first, used or not") {
    PolicyFixture<Fifo> pages;
    pages.insert({4, 2, 9});
    pages.access({4, 4, 2});
    CHECK(pages.evict_all() == Order{4, 2, 9});
}

TEST_CASE("fifo passes over a busy page, which keeps its turn") {
    PolicyFixture<Fifo> pages;
    pages.insert({1, 2, 3});
    pages.candidates.frames[1].busy = true;
    CHECK(pages.evict() == 2U);
    pages.candidates.frames[1].busy = false;
    CHECK(pages.evict_all() == Order{1, 3});
}

TEST_CASE("fifo has more misses with more frames on Belady's string") {
    CHECK(misses(BELADY, 3, "fifo") == 9);
    CHECK(misses(BELADY, 4, "fifo") == 10);
    CHECK(misses(OSTEP, 3, "fifo") == 7);
    CHECK(misses(LOOP, 5, "fifo") == 12);
    CHECK(misses(LOOP, 6, "fifo") == 6);
}
