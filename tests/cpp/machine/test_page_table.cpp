// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "machine/script_machine.hpp"

using namespace vmlab;
using namespace vmlab::test;

TEST_CASE("a walk reads the directory, then the table, then names the byte") {
    HandMadeTables tables;
    tables.map(VirtAddr(0x0804C000), FrameNumber(0x55), P | W | U);
    const Walk walk = tables.mmu.walk(VirtAddr(0x0804C123));
    CHECK(walk.end == WalkEnd::Mapped);
    CHECK(walk.root == HandMadeTables::DIRECTORY);
    CHECK(walk.directory.address == HandMadeTables::DIRECTORY + 4 * 0x20);
    CHECK(walk.table->address == PhysAddr(17 * PAGE_SIZE + 4 * 0x4C));
    CHECK(walk.leaf().entry == Pte(FrameNumber(0x55), P | W | U));
    CHECK(walk.physical == PhysAddr(0x55123));
}

TEST_CASE("a walk sets no bit") {
    HandMadeTables tables;
    tables.map(VirtAddr(0x1000), FrameNumber(0x55), P | W | U);
    static_cast<void>(tables.mmu.walk(VirtAddr(0x1000)));
    CHECK_FALSE(tables.pde(VirtAddr(0x1000)).accessed());
    CHECK_FALSE(tables.pte(VirtAddr(0x1000)).accessed());
}

TEST_CASE("a walk ends at the level where an entry is not present") {
    HandMadeTables tables;
    CHECK(tables.mmu.walk(VirtAddr(0x1000)).end == WalkEnd::DirectoryNotPresent);
    CHECK_FALSE(tables.mmu.walk(VirtAddr(0x1000)).table.has_value());
    tables.map(VirtAddr(0x1000), FrameNumber(0x55), W | U);
    CHECK(tables.mmu.walk(VirtAddr(0x1000)).end == WalkEnd::TableNotPresent);
    CHECK(tables.mmu.walk(VirtAddr(0x1000)).table.has_value());
}

TEST_CASE("rights are those that both levels give") {
    for (const std::uint32_t pde : {P, P | W, P | U, P | W | U}) {
        for (const std::uint32_t pte : {P, P | W, P | U, P | W | U}) {
            HandMadeTables tables;
            tables.map(VirtAddr(0x1000), FrameNumber(0x55), pte, pde);
            const Walk walk = tables.mmu.walk(VirtAddr(0x1000));
            CHECK(walk.writable == ((pde & pte & W) != 0));
            CHECK(walk.user == ((pde & pte & U) != 0));
        }
    }
}

TEST_CASE("a 4 MB page takes 22 bits of offset and has no table") {
    HandMadeTables tables;
    tables.set_pde(VirtAddr(0x00400000), Pte(P | W | PteBits::LARGE));
    const Walk walk = tables.mmu.walk(VirtAddr(0x00412345));
    CHECK(walk.large());
    CHECK_FALSE(walk.table.has_value());
    CHECK(walk.physical == PhysAddr(0x12345));
    CHECK_FALSE(walk.user);
}

TEST_CASE("without CR4.PSE the size bit of a directory entry means nothing") {
    HandMadeTables tables;
    tables.map(VirtAddr(0x1000), FrameNumber(0x55), P | U, P | U | PteBits::LARGE);
    tables.mmu.set_large_pages(LargePages::Disabled);
    CHECK(tables.mmu.walk(VirtAddr(0x1234)).physical == PhysAddr(0x55234));
}

TEST_CASE("entries and pages outside RAM are told apart") {
    HandMadeTables tables;
    tables.map(VirtAddr(0x1000), FrameNumber(0x100), P | W);
    const Walk page = tables.mmu.walk(VirtAddr(0x1000));
    CHECK(page.end == WalkEnd::PageOutsideRam);
    CHECK(page.writable);
    tables.set_pde(VirtAddr(0x1000), Pte(FrameNumber(0x100), P | W));
    CHECK(tables.mmu.walk(VirtAddr(0x1000)).end == WalkEnd::EntryOutsideRam);
    CHECK(tables.mmu.walk(VirtAddr(0x1000), PhysAddr(0x00100000)).end == WalkEnd::EntryOutsideRam);
}
