// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "machine/script_machine.hpp"

using namespace vmlab;
using namespace vmlab::test;

namespace {

constexpr VirtAddr PAGE{0x00403000};
constexpr FrameNumber FRAME{0x40};
constexpr FrameNumber OTHER_FRAME{0x41};
constexpr PhysAddr OTHER_SPACE{0x30000};
constexpr TlbConfig HONOURED{.stale = StaleEntries::Honoured};

}  // namespace

TEST_CASE("a read sets accessed in both entries and dirty in none") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | W | U);
    const Translation read = tables.mmu.translate(PAGE + 5, Access::Read, Privilege::User);
    CHECK(read.end == TranslateEnd::Ok);
    CHECK(read.frame == FRAME);
    CHECK(read.may_write);
    CHECK_FALSE(read.dirty);
    CHECK(tables.pde(PAGE).bits == Pte(FrameNumber(17), P | W | U | A).bits);
    CHECK(tables.pte(PAGE).bits == Pte(FRAME, P | W | U | A).bits);
}

TEST_CASE("a write sets dirty in the leaf alone") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | W | U);
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).dirty);
    CHECK(tables.pde(PAGE).bits == Pte(FrameNumber(17), P | W | U | A).bits);
    CHECK(tables.pte(PAGE).bits == Pte(FRAME, P | W | U | A | D).bits);
}

TEST_CASE("a denied access leaves both entries as they were") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | U);
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).end == TranslateEnd::PageFault);
    CHECK(tables.pde(PAGE).bits == Pte(FrameNumber(17), P | W | U).bits);
    CHECK(tables.pte(PAGE).bits == Pte(FRAME, P | U).bits);
}

TEST_CASE("the error code says whether the page was there, what was wanted and from where") {
    const auto error = [](std::uint32_t pte, Access access, Privilege privilege) {
        HandMadeTables tables;
        tables.map(PAGE, FRAME, pte);
        const Translation translation = tables.mmu.translate(PAGE, access, privilege);
        REQUIRE(translation.end == TranslateEnd::PageFault);
        return translation.error;
    };
    CHECK(error(0, Access::Read, Privilege::Supervisor) == 0);
    CHECK(error(0, Access::Write, Privilege::Supervisor) == 2);
    CHECK(error(P, Access::Write, Privilege::Supervisor) == 3);
    CHECK(error(0, Access::Read, Privilege::User) == 4);
    CHECK(error(0, Access::Fetch, Privilege::User) == 4);
    CHECK(error(P | W, Access::Read, Privilege::User) == 5);
    CHECK(error(P | W, Access::Fetch, Privilege::User) == 5);
    CHECK(error(0, Access::Write, Privilege::User) == 6);
    CHECK(error(P | U, Access::Write, Privilege::User) == 7);
    CHECK(error(P | W, Access::Write, Privilege::User) == 7);
}

TEST_CASE("CR0.WP decides whether a read-only page stops the supervisor") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | U);
    CHECK(tables.mmu.write_protect() == WriteProtect::SupervisorToo);
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::Supervisor).error == 3);
    tables.mmu.set_write_protect(WriteProtect::UserOnly);
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::Supervisor).end == TranslateEnd::Ok);
    CHECK(tables.pte(PAGE).dirty());
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).error == 7);
}

TEST_CASE("one level without the right is enough to deny") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | W | U, P | U);
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).error == 7);
    tables.map(PAGE, FRAME, P | W | U, P | W);
    CHECK(tables.mmu.translate(PAGE, Access::Read, Privilege::User).error == 5);
    CHECK(tables.mmu.translate(PAGE, Access::Read, Privilege::Supervisor).end == TranslateEnd::Ok);
}

TEST_CASE("a 4 MB page keeps its bits in the directory entry") {
    HandMadeTables tables;
    tables.set_pde(VirtAddr(0x00400000), Pte(P | W | U | PteBits::LARGE));
    const Translation write = tables.mmu.translate(VirtAddr(0x00432000), Access::Write, Privilege::User);
    CHECK(write.frame == FrameNumber(0x32));
    CHECK(tables.pde(VirtAddr(0x00400000)).bits == (P | W | U | PteBits::LARGE | A | D));
}

TEST_CASE("what lies outside RAM is a bus error, but rights come first") {
    HandMadeTables tables;
    tables.map(PAGE, FrameNumber(0x100), P | U);
    CHECK(tables.mmu.translate(PAGE, Access::Read, Privilege::User).end == TranslateEnd::BusError);
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).error == 7);
    CHECK_FALSE(tables.pte(PAGE).accessed());
    tables.set_pde(PAGE, Pte(FrameNumber(0x100), P | U));
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).end == TranslateEnd::BusError);
}

TEST_CASE("a stale entry is ignored unless the machine was told to honour it") {
    HandMadeTables ignoring;
    HandMadeTables honouring(HONOURED);
    for (HandMadeTables* tables : {&ignoring, &honouring}) {
        tables->map(PAGE, FRAME, P | W | U);
        static_cast<void>(tables->mmu.translate(PAGE, Access::Read, Privilege::User));
        tables->set_pte(PAGE, Pte(OTHER_FRAME, P | W | U));
    }
    CHECK(ignoring.mmu.translate(PAGE, Access::Read, Privilege::User).frame == OTHER_FRAME);
    CHECK(honouring.mmu.translate(PAGE, Access::Read, Privilege::User).frame == FRAME);
    honouring.mmu.invalidate(PAGE, HandMadeTables::DIRECTORY);
    CHECK(honouring.mmu.translate(PAGE, Access::Read, Privilege::User).frame == OTHER_FRAME);
}

TEST_CASE("the first write through a clean entry walks to set dirty") {
    HandMadeTables tables(HONOURED);
    tables.map(PAGE, FRAME, P | W | U);
    static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).dirty);
    CHECK(tables.pte(PAGE).dirty());
    tables.set_pte(PAGE, Pte(FRAME, P | W | U));
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).dirty);
    CHECK_FALSE(tables.pte(PAGE).dirty());
}

TEST_CASE("a stale entry's rights deny, and the fault drops it so that the retry walks") {
    HandMadeTables tables(HONOURED);
    tables.map(PAGE, FRAME, P | U);
    static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
    tables.set_pte(PAGE, Pte(FRAME, P | W | U));
    const std::uint64_t before = tables.mmu.generation();
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).error == 7);
    CHECK(tables.mmu.generation() > before);
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).end == TranslateEnd::Ok);
}

TEST_CASE("a walk that faults drops the entry as well") {
    HandMadeTables tables(HONOURED);
    tables.map(PAGE, FRAME, P | W | U);
    static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
    tables.set_pte(PAGE, Pte());
    CHECK(tables.mmu.translate(PAGE, Access::Write, Privilege::User).error == 6);
    CHECK(tables.mmu.translate(PAGE, Access::Read, Privilege::User).error == 4);
}

TEST_CASE("an eviction makes the engine forget only where stale entries count") {
    for (const StaleEntries stale : {StaleEntries::Ignored, StaleEntries::Honoured}) {
        HandMadeTables tables({.entries = 1, .ways = 1, .stale = stale});
        tables.map(PAGE, FRAME, P | U);
        tables.map(PAGE + PAGE_SIZE, OTHER_FRAME, P | U);
        static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
        const std::uint64_t before = tables.mmu.generation();
        static_cast<void>(tables.mmu.translate(PAGE + PAGE_SIZE, Access::Read, Privilege::User));
        CHECK(tables.mmu.tlb().counters().evictions == 1);
        CHECK((tables.mmu.generation() > before) == (stale == StaleEntries::Honoured));
    }
}

TEST_CASE("loading CR3 flushes, also with the value that is there") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | U);
    static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
    const std::uint64_t flushes = tables.mmu.tlb().counters().flushes;
    const std::uint64_t generation = tables.mmu.generation();
    tables.mmu.load_cr3(HandMadeTables::DIRECTORY);
    CHECK(tables.mmu.tlb().entries().empty());
    CHECK(tables.mmu.tlb().counters().flushes == flushes + 1);
    CHECK(tables.mmu.generation() > generation);
}

TEST_CASE("a tagged TLB keeps the entries of the space that was left") {
    HandMadeTables tables({.tagging = TlbTagging::Tagged});
    tables.map(PAGE, FRAME, P | U);
    static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
    tables.mmu.load_cr3(OTHER_SPACE);
    CHECK(tables.mmu.translate(PAGE, Access::Read, Privilege::User).error == 4);
    tables.mmu.load_cr3(HandMadeTables::DIRECTORY);
    const std::uint64_t hits = tables.mmu.tlb().counters().hits;
    static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
    CHECK(tables.mmu.tlb().counters().hits == hits + 1);
    CHECK(tables.mmu.tlb().counters().flushes == 0);
}

TEST_CASE("invalidating a page of another space leaves the engine alone") {
    HandMadeTables tables({.tagging = TlbTagging::Tagged});
    const std::uint64_t before = tables.mmu.generation();
    tables.mmu.invalidate(PAGE, OTHER_SPACE);
    CHECK(tables.mmu.outdated_pages() == 0);
    tables.mmu.invalidate(PAGE + 7, HandMadeTables::DIRECTORY);
    CHECK(tables.mmu.outdated_pages() == 1);
    CHECK(tables.mmu.outdated_page(0) == PAGE);
    CHECK(tables.mmu.generation() == before);
}

TEST_CASE("an entry that allows more leaves the modelled TLB, and the engine alone") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | U);
    static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
    tables.mmu.invalidate_widened(PAGE, HandMadeTables::DIRECTORY);
    CHECK(tables.mmu.tlb().entries().empty());
    CHECK(tables.mmu.outdated_pages() == 0);
}

TEST_CASE("an engine is told of a change that the retry would have shown it, once the retry is abandoned") {
    HandMadeTables tables;
    const std::uint64_t before = tables.mmu.generation();
    tables.mmu.abandon_retry();
    CHECK(tables.mmu.generation() == before);
    tables.mmu.invalidate_retried(PAGE, HandMadeTables::DIRECTORY);
    CHECK(tables.mmu.generation() == before);
    tables.mmu.abandon_retry();
    CHECK(tables.mmu.generation() == before + 1);
    tables.mmu.abandon_retry();
    CHECK(tables.mmu.generation() == before + 1);
}

TEST_CASE("whatever makes the engine forget all settles an owed retry too") {
    HandMadeTables tables;
    tables.mmu.invalidate_retried(PAGE, HandMadeTables::DIRECTORY);
    tables.mmu.flush();
    const std::uint64_t after = tables.mmu.generation();
    tables.mmu.abandon_retry();
    CHECK(tables.mmu.generation() == after);
}

TEST_CASE("hits and misses are counted though every translation walks") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | U);
    for (int count = 0; count < 3; ++count) {
        static_cast<void>(tables.mmu.translate(PAGE, Access::Read, Privilege::User));
    }
    CHECK(tables.mmu.tlb().counters().misses == 1);
    CHECK(tables.mmu.tlb().counters().hits == 2);
}
