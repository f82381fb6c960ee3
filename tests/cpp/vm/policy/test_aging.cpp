// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/aging.hpp"

#include <array>

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("each tick shifts the A bit into the counter from above") {
    PolicyFixture<Aging> pages(SweepAt::Tick);
    pages.insert({0, 1, 2, 3});
    // The A bits of four pages at five ticks, and the counters that follow from them.
    constexpr std::array<std::array<bool, 4>, 5> bits{
        {{1, 0, 1, 0}, {1, 1, 0, 0}, {1, 1, 0, 1}, {1, 0, 0, 0}, {0, 1, 1, 0}}};
    for (const auto& tick : bits) {
        for (std::uint32_t frame = 0; frame < 4; ++frame) {
            pages.candidates.frames[frame].accessed = tick[frame];
        }
        pages.policy.on_tick(pages.candidates);
    }
    CHECK(pages.policy.age(FrameNumber(0)) == 0b01111000);
    CHECK(pages.policy.age(FrameNumber(1)) == 0b10110000);
    CHECK(pages.policy.age(FrameNumber(2)) == 0b10001000);
    CHECK(pages.policy.age(FrameNumber(3)) == 0b00100000);
    CHECK(pages.evict_all() == Order{3, 0, 2, 1});
}

TEST_CASE("a page that came in since the last tick is not the victim") {
    PolicyFixture<Aging> pages(SweepAt::Tick);
    pages.insert({1});
    pages.policy.on_tick(pages.candidates);
    pages.insert({2});
    CHECK(pages.select() == 1U);
    CHECK(pages.candidates.frames[2].accessed);  // looked at, not cleared
}

TEST_CASE("a counter forgets after eight ticks") {
    PolicyFixture<Aging> pages(SweepAt::Tick);
    pages.insert({1});
    for (int tick = 0; tick < 8; ++tick) {
        CHECK(pages.policy.age(FrameNumber(1)) == (tick == 0 ? 0 : 0x80 >> (tick - 1)));
        pages.policy.on_tick(pages.candidates);
    }
    pages.policy.on_tick(pages.candidates);
    CHECK(pages.policy.age(FrameNumber(1)) == 0);
}

TEST_CASE("without ticks a selection is one") {
    PolicyFixture<Aging> pages(SweepAt::Selection);
    pages.insert({1, 2});
    CHECK(pages.select() == 1U);
    CHECK(pages.policy.age(FrameNumber(2)) == 0x80);
    pages.access({1});
    CHECK(pages.select() == 2U);
    CHECK(pages.policy.age(FrameNumber(1)) == 0xC0);
}

TEST_CASE("a frame used again begins with a counter of zero") {
    PolicyFixture<Aging> pages(SweepAt::Tick);
    pages.insert({1});
    pages.policy.on_tick(pages.candidates);
    pages.remove(1);
    pages.insert({1});
    CHECK(pages.policy.age(FrameNumber(1)) == 0);
}
