// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "base/panic.hpp"
#include "machine/frame_pool.hpp"

using namespace vmlab;

TEST_CASE("every frame is handed out once, then nothing") {
    FramePool pool(8);
    std::set<std::uint32_t> seen;
    for (int count = 0; count < 8; ++count) {
        seen.insert(pool.allocate(FrameUse::Page).value().value);
    }
    CHECK(seen.size() == 8);
    CHECK_FALSE(pool.allocate(FrameUse::Page).has_value());
    CHECK(pool.used() == 8);
    CHECK(pool.available() == 0);
}

TEST_CASE("the frame freed last comes back first") {
    FramePool pool(8);
    const FrameNumber first = pool.allocate(FrameUse::Page).value();
    const FrameNumber second = pool.allocate(FrameUse::Page).value();
    pool.free(first);
    pool.free(second);
    CHECK(pool.used() == 0);
    CHECK(pool.allocate(FrameUse::PageTable).value() == second);
    CHECK(pool.allocate(FrameUse::PageTable).value() == first);
    CHECK(pool.use(first) == FrameUse::PageTable);
}

TEST_CASE("a frame cannot be freed twice") {
    FramePool pool(2);
    const FrameNumber frame = pool.allocate(FrameUse::Page).value();
    pool.free(frame);
    CHECK_THROWS_AS(pool.free(frame), Panic);
    CHECK_THROWS_AS(pool.free(FrameNumber(2)), Panic);
}

TEST_CASE("a frame in use changes its use but not to free") {
    FramePool pool(2);
    const FrameNumber frame = pool.allocate(FrameUse::Handler).value();
    pool.set_use(frame, FrameUse::Page);
    CHECK(pool.use(frame) == FrameUse::Page);
    CHECK_THROWS_AS(pool.set_use(frame, FrameUse::Free), Panic);
    CHECK_THROWS_AS(static_cast<void>(pool.allocate(FrameUse::Free)), Panic);
}

TEST_CASE("neighbours come from what was never handed out, and go back one by one") {
    FramePool pool(8);
    const FrameNumber low = pool.allocate(FrameUse::Page).value();
    const FrameNumber first = pool.allocate_neighbours(FrameUse::Device, 3).value();
    CHECK(first.value == 5);
    CHECK(pool.used() == 4);
    CHECK(pool.use(FrameNumber(7)) == FrameUse::Device);
    CHECK_FALSE(pool.allocate_neighbours(FrameUse::Device, 5).has_value());
    for (std::uint32_t number = 5; number < 8; ++number) {
        pool.free(FrameNumber(number));
    }
    pool.free(low);
    CHECK(pool.available() == 8);
    for (int count = 0; count < 8; ++count) {
        CHECK(pool.allocate(FrameUse::Page).has_value());
    }
    CHECK_FALSE(pool.allocate(FrameUse::Page).has_value());
}

TEST_CASE("a zeroed frame is free, goes first where zeros are wanted and last where not") {
    FramePool pool(3);
    std::vector<std::uint32_t> cleared;
    const auto clear = [&cleared](FrameNumber frame) { cleared.push_back(frame.value); };
    CHECK(pool.zero_ahead(clear));
    CHECK(cleared == std::vector<std::uint32_t>{0});
    CHECK(pool.use(FrameNumber(0)) == FrameUse::Zeroed);
    CHECK(pool.available() == 3);
    CHECK_THROWS_AS(pool.free(FrameNumber(0)), Panic);
    CHECK(pool.allocate(FrameUse::Page) == FrameNumber(1));
    const auto filled = pool.allocate_for_zeros(FrameUse::Page).value();
    CHECK(filled.frame == FrameNumber(0));
    CHECK(filled.content == FrameContent::Zeros);
    CHECK(pool.allocate_for_zeros(FrameUse::Page).value().content == FrameContent::Unspecified);
    CHECK_FALSE(pool.zero_ahead(clear));
    pool.free(FrameNumber(0));
    CHECK(pool.use(FrameNumber(0)) == FrameUse::Free);
}

TEST_CASE("the free frames are told in the order in which they are handed out, without those of zeros") {
    FramePool pool(6);
    pool.split_zones(FrameNumber(3));
    const FrameNumber high = pool.allocate(FrameUse::Page).value();
    CHECK(pool.allocate(FrameUse::Page).has_value());
    CHECK(pool.zero_ahead([](FrameNumber) {}));  // the last of the upper zone
    pool.free(high);
    const std::vector<FrameNumber> told = pool.free_frames();
    CHECK(told == std::vector<FrameNumber>{FrameNumber(3), FrameNumber(0), FrameNumber(1), FrameNumber(2)});
    for (const FrameNumber expected : told) {
        if (pool.available() == 1) {
            break;
        }
        CHECK(pool.allocate(FrameUse::Page).value() == expected);
        if (expected == FrameNumber(3)) {
            CHECK(pool.allocate_for_zeros(FrameUse::Page).value().frame == FrameNumber(5));
        }
    }
}
