// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "base/address.hpp"

using namespace vmlab;

TEST_CASE("an address knows its page and its offset") {
    const VirtAddr va(0x0804C123);
    CHECK(va.page() == VirtAddr(0x0804C000));
    CHECK(va.offset() == 0x123);
    CHECK_FALSE(va.is_aligned());
    CHECK(va.page().is_aligned());
}

TEST_CASE("address arithmetic wraps as the processor's does") {
    CHECK(VirtAddr(0xFFFFFFFF) + 1 == VirtAddr(0));
    CHECK(VirtAddr(0) - 4 == VirtAddr(0xFFFFFFFC));
    CHECK(VirtAddr(0x10) - VirtAddr(0x20) == 0xFFFFFFF0);
}

TEST_CASE("a frame number and its address name the same frame") {
    CHECK(FrameNumber(5).address() == PhysAddr(0x5000));
    CHECK(frame_of(PhysAddr(0x5FFF)) == FrameNumber(5));
}

TEST_CASE("rounding up to pages does not wrap near 4 GiB") {
    CHECK(page_round_up(0) == 0);
    CHECK(page_round_up(1) == PAGE_SIZE);
    CHECK(page_round_up(0xFFFFFFFF) == std::uint64_t{1} << 32);
}

TEST_CASE("a range can hold the last page of the address space") {
    const VirtRange last{VirtAddr(0xFFFFF000), std::uint64_t{1} << 32};
    CHECK(last.contains(VirtAddr(0xFFFFFFFF)));
    CHECK_FALSE(last.contains(VirtAddr(0xFFFFEFFF)));
    CHECK(last.pages() == 1);
}

TEST_CASE("ranges that only touch do not overlap") {
    const VirtRange low{VirtAddr(0x1000), 0x3000};
    CHECK_FALSE(low.overlaps({VirtAddr(0x3000), 0x4000}));
    CHECK(low.overlaps({VirtAddr(0x2000), 0x4000}));
    CHECK(low.overlaps({VirtAddr(0), 0x10000}));
}
