// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <set>

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
