// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/nru.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("nru goes by classes: modified counts less than accessed") {
    PolicyFixture<Nru> pages(SweepAt::Tick);
    pages.insert({1, 2, 3, 4, 5});
    pages.candidates.frames[1] = {.accessed = true, .modified = true};
    pages.candidates.frames[2] = {.accessed = true, .modified = false};
    pages.candidates.frames[3] = {.accessed = false, .modified = true};
    pages.candidates.frames[4] = {.accessed = false, .modified = false};
    pages.candidates.frames[5] = {.accessed = false, .modified = false};
    CHECK(pages.evict_all() == Order{4, 5, 3, 2, 1});
}

TEST_CASE("a tick clears the A bits, and so does a selection where no ticks come") {
    PolicyFixture<Nru> ticking(SweepAt::Tick);
    ticking.insert({1, 2});
    CHECK(ticking.select() == 1U);
    CHECK(ticking.candidates.frames[1].accessed);
    ticking.policy.on_tick(ticking.candidates);
    CHECK_FALSE(ticking.candidates.frames[1].accessed);
    ticking.access({1});
    CHECK(ticking.select() == 2U);

    PolicyFixture<Nru> pages(SweepAt::Selection);
    pages.insert({1, 2});
    CHECK(pages.select() == 1U);
    CHECK_FALSE(pages.candidates.frames[2].accessed);
}

TEST_CASE("nru passes over a busy page of the lowest class") {
    PolicyFixture<Nru> pages(SweepAt::Tick);
    pages.insert({1, 2});
    pages.candidates.frames[1] = {.accessed = false, .busy = true};
    CHECK(pages.select() == 2U);
}
