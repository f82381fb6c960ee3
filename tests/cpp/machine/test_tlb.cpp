// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <stdexcept>

#include "machine/tlb.hpp"

using namespace vmlab;

namespace {

constexpr PhysAddr SPACE{0x10000};
constexpr PhysAddr OTHER{0x20000};

TlbEntry entry(std::uint32_t page, PhysAddr space = SPACE) {
    return {.page = VirtAddr(page), .space = space, .frame = FrameNumber(page >> 12)};
}

}  // namespace

TEST_CASE("a TLB needs a power of two of sets") {
    CHECK_THROWS_AS(Tlb({.entries = 12, .ways = 4}), std::invalid_argument);
    CHECK_THROWS_AS(Tlb({.entries = 64, .ways = 0}), std::invalid_argument);
    CHECK_THROWS_AS(Tlb({.entries = 0, .ways = 4}), std::invalid_argument);
    CHECK_THROWS_AS(Tlb({.entries = 10, .ways = 4}), std::invalid_argument);
    CHECK_NOTHROW(Tlb({.entries = 3, .ways = 3}));
}

TEST_CASE("the first look misses and the next one hits") {
    Tlb tlb({});
    CHECK(tlb.look_up(VirtAddr(0x1000), SPACE) == nullptr);
    tlb.insert(entry(0x1000));
    const TlbEntry* found = tlb.look_up(VirtAddr(0x1000), SPACE);
    REQUIRE(found != nullptr);
    CHECK(found->frame == FrameNumber(1));
    CHECK(tlb.counters().misses == 1);
    CHECK(tlb.counters().hits == 1);
}

TEST_CASE("an entry of another address space is a miss") {
    Tlb tlb({});
    tlb.insert(entry(0x1000));
    CHECK(tlb.look_up(VirtAddr(0x1000), OTHER) == nullptr);
}

TEST_CASE("a full set evicts the entry used longest ago") {
    Tlb tlb({.entries = 4, .ways = 2});  // two sets: pages of equal parity compete
    CHECK_FALSE(tlb.insert(entry(0x0000)).has_value());
    CHECK_FALSE(tlb.insert(entry(0x2000)).has_value());
    CHECK_FALSE(tlb.insert(entry(0x1000)).has_value());
    static_cast<void>(tlb.look_up(VirtAddr(0x0000), SPACE));
    const auto evicted = tlb.insert(entry(0x4000));
    REQUIRE(evicted.has_value());
    CHECK(evicted->page == VirtAddr(0x2000));
    CHECK(tlb.counters().evictions == 1);
    CHECK(tlb.entries().size() == 3);
}

TEST_CASE("inserting a page again replaces its entry") {
    Tlb tlb({.entries = 2, .ways = 2});
    tlb.insert(entry(0x1000));
    TlbEntry again = entry(0x1000);
    again.dirty = true;
    CHECK_FALSE(tlb.insert(again).has_value());
    CHECK(tlb.entries().size() == 1);
    CHECK(tlb.entries()[0].dirty);
}

TEST_CASE("invalidating a page takes that page alone and is counted") {
    Tlb tlb({});
    tlb.insert(entry(0x1000));
    tlb.insert(entry(0x2000));
    tlb.invalidate(VirtAddr(0x1000), SPACE);
    tlb.invalidate(VirtAddr(0x2000), OTHER);
    CHECK(tlb.counters().invalidations == 2);
    REQUIRE(tlb.entries().size() == 1);
    CHECK(tlb.entries()[0].page == VirtAddr(0x2000));
}

TEST_CASE("invalidating a page of a 4 MB page takes all its pieces") {
    Tlb tlb({});
    for (const std::uint32_t page : {0x00400000U, 0x00555000U, 0x00800000U}) {
        TlbEntry piece = entry(page);
        piece.large = true;
        tlb.insert(piece);
    }
    tlb.insert(entry(0x00401000));
    tlb.invalidate(VirtAddr(0x00777000), SPACE);
    REQUIRE(tlb.entries().size() == 2);
    CHECK(tlb.look_up(VirtAddr(0x00800000), SPACE) != nullptr);
    CHECK(tlb.look_up(VirtAddr(0x00401000), SPACE) != nullptr);
}

TEST_CASE("a flush takes everything and counts once") {
    Tlb tlb({});
    tlb.insert(entry(0x1000));
    tlb.insert(entry(0x1000, OTHER));
    tlb.flush();
    CHECK(tlb.entries().empty());
    CHECK(tlb.counters().flushes == 1);
}

TEST_CASE("dropping an address space leaves the others and counts nothing") {
    Tlb tlb({});
    tlb.insert(entry(0x1000));
    tlb.insert(entry(0x1000, OTHER));
    tlb.drop_space(SPACE);
    REQUIRE(tlb.entries().size() == 1);
    CHECK(tlb.entries()[0].space == OTHER);
    CHECK(tlb.counters().flushes == 0);
    CHECK(tlb.counters().invalidations == 0);
}
