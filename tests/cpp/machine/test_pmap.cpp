// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <map>
#include <utility>
#include <vector>

#include "machine/pmap.hpp"
#include "machine/script_machine.hpp"

using namespace vmlab;
using namespace vmlab::test;

namespace {

constexpr VirtAddr PAGE{0x00403000};
constexpr FrameNumber FRAME{0x40};
constexpr FrameNumber OTHER_FRAME{0x41};

/// A machine that runs the address space of one Pmap.
struct OneSpace {
    Machine machine{small_machine(), script_cpu()};
    Pmap pmap = Pmap::create(machine).value();

    OneSpace() { machine.mmu().load_cr3(pmap.root()); }
    void enter(VirtAddr va, FrameNumber frame, PageRights rights, AfterEnter after = AfterEnter::NoRetry) {
        REQUIRE(pmap.enter(va, frame, rights, after) == EnterResult::Entered);
    }
    void touch(VirtAddr va, Access access) {
        REQUIRE(machine.mmu().translate(va, access, Privilege::User).end == TranslateEnd::Ok);
    }
    /// How often the engine was told to forget while `act` ran.
    template <typename Act>
    std::uint64_t invalidated(const Act& act) {
        const auto told = [this] { return machine.mmu().generation() + machine.mmu().outdated_pages(); };
        const std::uint64_t before = told();
        act();
        return told() - before;
    }
};

struct FakeReverseMap : ReverseMap {
    std::vector<std::pair<Pmap*, VirtAddr>> candidates;
    void for_each_candidate(FrameNumber, const Visitor& visit) const override {
        for (const auto& [pmap, va] : candidates) {
            visit(*pmap, va);
        }
    }
};

}  // namespace

TEST_CASE("an entered page is a user page with just its rights") {
    OneSpace space;
    space.enter(PAGE, FRAME, PageRights::ReadOnly);
    CHECK(space.pmap.lookup(PAGE) == Pte(FRAME, P | U));
    space.enter(PAGE, FRAME, PageRights::ReadWrite);
    CHECK(space.pmap.lookup(PAGE) == Pte(FRAME, P | W | U));
    CHECK(space.pmap.table_count() == 1);
}

TEST_CASE("all frames are back when the Pmap is gone") {
    Machine machine(small_machine(), script_cpu());
    const std::uint32_t before = machine.frames().used();
    {
        Pmap pmap = Pmap::create(machine).value();
        for (const std::uint32_t va : {0x1000U, 0x00400000U, 0xBFFFF000U}) {
            REQUIRE(pmap.enter(VirtAddr(va), FRAME, PageRights::ReadOnly, AfterEnter::NoRetry) == EnterResult::Entered);
        }
        const Pmap moved = std::move(pmap);
        CHECK(moved.table_count() == 3);
        CHECK(machine.frames().used() == before + 4);
    }
    CHECK(machine.frames().used() == before);
}

TEST_CASE("without a frame for a table nothing is entered") {
    OneSpace space;
    while (space.machine.frames().allocate(FrameUse::Page)) {
    }
    CHECK(space.pmap.enter(PAGE, FRAME, PageRights::ReadOnly, AfterEnter::NoRetry) == EnterResult::OutOfFrames);
    CHECK_FALSE(space.pmap.lookup(PAGE).present());
    CHECK_FALSE(Pmap::create(space.machine).has_value());
}

TEST_CASE("the kernel sees RAM through its window and the guest does not") {
    OneSpace space;
    const VirtAddr va = space.machine.kernel_address(PhysAddr(0x5123));
    CHECK(space.machine.mmu().walk(va).physical == PhysAddr(0x5123));
    CHECK(space.machine.mmu().translate(va, Access::Read, Privilege::User).error == 5);
    CHECK(space.machine.mmu().translate(va, Access::Write, Privilege::Supervisor).end == TranslateEnd::Ok);
}

TEST_CASE("only a change of a present entry makes the engine forget") {
    OneSpace space;
    CHECK(space.invalidated([&] { space.enter(PAGE, FRAME, PageRights::ReadOnly); }) == 0);
    CHECK(space.invalidated([&] { space.enter(PAGE, FRAME, PageRights::ReadWrite, AfterEnter::RetriesFault); }) == 0);
    CHECK(space.invalidated([&] { space.enter(PAGE, OTHER_FRAME, PageRights::ReadWrite); }) == 1);
    CHECK(space.invalidated([&] { space.pmap.protect({PAGE, PAGE.value + PAGE_SIZE}, PageRights::ReadOnly); }) == 1);
    CHECK(space.invalidated([&] { space.pmap.protect({PAGE, PAGE.value + PAGE_SIZE}, PageRights::ReadOnly); }) == 0);
    CHECK(space.invalidated([&] { space.pmap.remove(PAGE); }) == 1);
    CHECK(space.invalidated([&] { space.pmap.remove(PAGE); }) == 0);
}

TEST_CASE("an entry that allows all that it did, and more, makes the engine forget nothing") {
    OneSpace space;
    const VirtRange page{PAGE, PAGE.value + PAGE_SIZE};
    space.enter(PAGE, FRAME, PageRights::ReadOnly);
    CHECK(space.invalidated([&] { space.pmap.protect(page, PageRights::ReadWrite); }) == 0);
    CHECK(space.invalidated([&] { space.pmap.protect(page, PageRights::ReadOnly); }) == 1);
    CHECK(space.invalidated([&] { space.enter(PAGE, FRAME, PageRights::ReadWrite); }) == 0);
    CHECK(space.invalidated([&] { space.enter(PAGE, OTHER_FRAME, PageRights::ReadWrite); }) == 1);
    space.touch(PAGE, Access::Write);
    CHECK(space.invalidated([&] { space.pmap.clear(PAGE, PteBits::DIRTY); }) == 1);
    CHECK(space.invalidated([&] { space.pmap.set_privilege(page, Privilege::Supervisor); }) == 1);
    CHECK(space.invalidated([&] { space.pmap.set_privilege(page, Privilege::User); }) == 0);
}

TEST_CASE("a change in a space that does not run leaves the engine alone") {
    OneSpace space;
    Pmap other = Pmap::create(space.machine).value();
    REQUIRE(other.enter(PAGE, FRAME, PageRights::ReadWrite, AfterEnter::NoRetry) == EnterResult::Entered);
    CHECK(space.invalidated([&] { other.remove(PAGE); }) == 0);
}

TEST_CASE("a retried fault drops the modelled entry though the engine keeps its own") {
    OneSpace space;
    space.enter(PAGE, FRAME, PageRights::ReadOnly);
    space.touch(PAGE, Access::Read);
    space.enter(PAGE, OTHER_FRAME, PageRights::ReadWrite, AfterEnter::RetriesFault);
    CHECK(space.machine.mmu().tlb().entries().empty());
}

TEST_CASE("removing a page says what use it saw") {
    OneSpace space;
    CHECK_FALSE(space.pmap.remove(PAGE).has_value());
    space.enter(PAGE, FRAME, PageRights::ReadWrite);
    space.touch(PAGE, Access::Read);
    PageUse use = space.pmap.remove(PAGE).value();
    CHECK(use.accessed);
    CHECK_FALSE(use.dirty);
    space.enter(PAGE, FRAME, PageRights::ReadWrite);
    space.touch(PAGE, Access::Write);
    use = space.pmap.remove(PAGE).value();
    CHECK(use.dirty);
    CHECK_FALSE(space.pmap.lookup(PAGE).present());
}

TEST_CASE("a page that only changes its rights stays accessed and dirty") {
    OneSpace space;
    space.enter(PAGE, FRAME, PageRights::ReadWrite);
    space.touch(PAGE, Access::Write);
    space.pmap.protect({PAGE, PAGE.value + PAGE_SIZE}, PageRights::ReadOnly);
    CHECK(space.pmap.is_dirty(PAGE));
    space.enter(PAGE, FRAME, PageRights::ReadWrite);
    CHECK(space.pmap.is_dirty(PAGE));
    space.enter(PAGE, OTHER_FRAME, PageRights::ReadWrite);
    CHECK_FALSE(space.pmap.is_dirty(PAGE));
}

TEST_CASE("clearing a bit invalidates only when it was set") {
    OneSpace space;
    space.enter(PAGE, FRAME, PageRights::ReadWrite);
    space.touch(PAGE, Access::Write);
    CHECK(space.invalidated([&] { space.pmap.clear(PAGE, PteBits::ACCESSED); }) == 1);
    CHECK_FALSE(space.pmap.is_accessed(PAGE));
    CHECK(space.pmap.is_dirty(PAGE));
    CHECK(space.invalidated([&] { space.pmap.clear(PAGE, PteBits::ACCESSED); }) == 0);
    space.pmap.clear(PAGE, PteBits::WRITABLE | PteBits::DIRTY);
    CHECK(space.pmap.lookup(PAGE) == Pte(FRAME, P | W | U));
    CHECK_THROWS_AS(space.pmap.clear(PAGE + PAGE_SIZE, PteBits::DIRTY), Panic);
}

TEST_CASE("protecting a range skips absent tables and stops at the kernel window") {
    OneSpace space;
    const std::vector<VirtAddr> pages = {VirtAddr(0x1000), VirtAddr(0x00800000), VirtAddr(0xBFFFF000)};
    for (const VirtAddr va : pages) {
        space.enter(va, FRAME, PageRights::ReadWrite);
    }
    space.pmap.remove_range({VirtAddr(0x2000), std::uint64_t{1} << 32}, [](VirtAddr, Pte) {});
    std::vector<VirtAddr> left;
    space.pmap.for_each_present({VirtAddr(0), std::uint64_t{1} << 32}, [&](VirtAddr va, Pte) { left.push_back(va); });
    CHECK(left == std::vector<VirtAddr>{VirtAddr(0x1000)});
    CHECK(space.machine.mmu().walk(space.machine.kernel_address(PhysAddr(0))).mapped());
}

TEST_CASE("removing a frame everywhere trusts the entries and not the reverse map") {
    OneSpace space;
    Pmap other = Pmap::create(space.machine).value();
    space.enter(PAGE, FRAME, PageRights::ReadWrite);
    space.touch(PAGE, Access::Write);
    REQUIRE(other.enter(PAGE, FRAME, PageRights::ReadOnly, AfterEnter::NoRetry) == EnterResult::Entered);
    REQUIRE(other.enter(PAGE + PAGE_SIZE, OTHER_FRAME, PageRights::ReadOnly, AfterEnter::NoRetry) ==
            EnterResult::Entered);
    FakeReverseMap reverse_map;
    reverse_map.candidates = {
        {&space.pmap, PAGE}, {&other, PAGE}, {&other, PAGE + PAGE_SIZE}, {&other, VirtAddr(0x00800000)}};
    const PageUse use = Pmap::remove_all(reverse_map, FRAME);
    CHECK(use.accessed);
    CHECK(use.dirty);
    CHECK_FALSE(space.pmap.lookup(PAGE).present());
    CHECK_FALSE(other.lookup(PAGE).present());
    CHECK(other.lookup(PAGE + PAGE_SIZE).frame() == OTHER_FRAME);
}

TEST_CASE("a Pmap that goes away leaves nothing of it in a tagged TLB") {
    Machine machine(small_machine({.tagging = TlbTagging::Tagged}), script_cpu());
    {
        Pmap pmap = Pmap::create(machine).value();
        machine.mmu().load_cr3(pmap.root());
        REQUIRE(pmap.enter(PAGE, FRAME, PageRights::ReadOnly, AfterEnter::NoRetry) == EnterResult::Entered);
        REQUIRE(machine.mmu().translate(PAGE, Access::Read, Privilege::User).end == TranslateEnd::Ok);
        CHECK(machine.mmu().tlb().entries().size() == 1);
    }
    CHECK(machine.mmu().tlb().entries().empty());
}

TEST_CASE("only aligned user pages with rights are entered") {
    OneSpace space;
    const auto enter = [&](VirtAddr va, PageRights rights) {
        static_cast<void>(space.pmap.enter(va, FRAME, rights, AfterEnter::NoRetry));
    };
    CHECK_THROWS_AS(enter(PAGE + 1, PageRights::ReadOnly), Panic);
    CHECK_THROWS_AS(enter(VirtAddr(0xC0000000), PageRights::ReadOnly), Panic);
    CHECK_THROWS_AS(enter(PAGE, PageRights::None), Panic);
}
TEST_CASE("an entry holds the system's own bits, and none of the processor's are given as such") {
    OneSpace space;
    REQUIRE(space.pmap.enter(PAGE, FRAME, PageRights::ReadOnly, AfterEnter::NoRetry, {0xA00}) == EnterResult::Entered);
    CHECK(space.pmap.lookup(PAGE).available() == 0xA00);
    space.enter(PAGE, FRAME, PageRights::ReadOnly);
    CHECK(space.pmap.lookup(PAGE).available() == 0);
    CHECK_THROWS_AS(static_cast<void>(
                        space.pmap.enter(PAGE, FRAME, PageRights::ReadOnly, AfterEnter::NoRetry, {PteBits::WRITABLE})),
                    Panic);
}

TEST_CASE("the tables are shown as pages, in the order of what they map") {
    OneSpace space;
    constexpr VirtAddr SHOWN{0x80000000};
    const std::uint32_t free_before = space.machine.frames().available();
    space.pmap.show_tables(SHOWN);
    CHECK(space.machine.frames().available() == free_before);
    space.enter(PAGE, FRAME, PageRights::ReadWrite);

    const VirtAddr entry = SHOWN + 4 * (PAGE.value >> PAGE_SHIFT);
    const auto seen = space.machine.mmu().translate(entry, Access::Read, Privilege::User);
    REQUIRE(seen.end == TranslateEnd::Ok);
    CHECK(!seen.may_write);
    CHECK(space.machine.memory().read32(seen.frame.address() + entry.offset()) == space.pmap.lookup(PAGE).bits);

    const VirtAddr directory = SHOWN + 4 * (SHOWN.value >> PAGE_SHIFT);
    CHECK(space.machine.mmu().translate(directory, Access::Read, Privilege::User).frame == space.pmap.directory());
    const VirtAddr absent = SHOWN + 4 * ((PAGE.value + LARGE_PAGE_SIZE) >> PAGE_SHIFT);
    CHECK(space.machine.mmu().translate(absent, Access::Read, Privilege::User).error == PageFaultError::USER);
}

TEST_CASE("where the tables are shown no page is entered, found or counted") {
    OneSpace space;
    constexpr VirtAddr SHOWN{0x80000000};
    space.enter(PAGE, FRAME, PageRights::ReadWrite);
    space.pmap.show_tables(SHOWN);
    CHECK(space.pmap.shows_tables_at(SHOWN + PAGE_SIZE));
    CHECK(!space.pmap.shows_tables_at(PAGE));
    CHECK(!space.pmap.lookup(SHOWN).present());
    CHECK_THROWS_AS(static_cast<void>(space.pmap.enter(SHOWN, FRAME, PageRights::ReadOnly, AfterEnter::NoRetry)),
                    Panic);
    CHECK_THROWS_AS(space.pmap.show_tables(PAGE.page() - 0x3000), Panic);
    std::vector<VirtAddr> found;
    space.pmap.for_each_present({VirtAddr(0), 0xC0000000}, [&](VirtAddr va, Pte) { found.push_back(va); });
    CHECK(found == std::vector{PAGE});
    CHECK(space.pmap.resident_pages() == 1);
}

TEST_CASE("tables that show themselves are given back once") {
    Machine machine{small_machine(), script_cpu()};
    const std::uint32_t before = machine.frames().available();
    {
        Pmap pmap = Pmap::create(machine).value();
        pmap.show_tables(VirtAddr(0x80000000));
        REQUIRE(pmap.enter(PAGE, FRAME, PageRights::ReadOnly, AfterEnter::NoRetry) == EnterResult::Entered);
        const Pmap moved = std::move(pmap);
        CHECK(moved.shows_tables_at(VirtAddr(0x80000000)));
    }
    CHECK(machine.frames().available() == before);
}

TEST_CASE("who listens to the frames hears of each entry that names one, and of each frame taken and freed") {
    struct Listener : FrameListener {
        void frame_taken(FrameNumber) override { ++taken; }
        void frame_freed(FrameNumber) override { ++freed; }
        void entry_changed(Pte old, Pte updated) override {
            entries[old.frame().value] -= old.present() ? 1 : 0;
            entries[updated.frame().value] += updated.present() ? 1 : 0;
        }
        std::map<std::uint32_t, int> entries;
        int taken = 0, freed = 0;
    } listener;
    Machine machine{small_machine(), script_cpu()};
    machine.frames().set_listener(&listener);
    {
        Pmap parent = Pmap::create(machine).value();
        Pmap child = Pmap::create(machine).value();
        CHECK(listener.taken == 2);
        const auto enter = [](Pmap& pmap, VirtAddr va, FrameNumber frame) {
            REQUIRE(pmap.enter(va, frame, PageRights::ReadWrite, AfterEnter::NoRetry) == EnterResult::Entered);
        };
        enter(parent, PAGE, FRAME);
        enter(parent, PAGE + PAGE_SIZE, FRAME);
        enter(parent, PAGE, FRAME);
        CHECK(listener.entries[FRAME.value] == 2);
        CHECK(parent.share_range(child, {VirtAddr(0), 0xC0000000}, CopyRights::ReadOnly) == EnterResult::Entered);
        CHECK(listener.entries[FRAME.value] == 4);
        enter(child, PAGE, OTHER_FRAME);
        CHECK(listener.entries[FRAME.value] == 3);
        CHECK(listener.entries[OTHER_FRAME.value] == 1);
        CHECK(child.remove(PAGE).has_value());
        parent.remove_range({PAGE, PAGE.value + PAGE_SIZE}, [](VirtAddr, Pte) {});
        CHECK(listener.entries[FRAME.value] == 2);
        CHECK(listener.entries[OTHER_FRAME.value] == 0);
        CHECK(listener.taken == 4);
        CHECK(listener.freed == 0);
    }
    CHECK(listener.entries[FRAME.value] == 0);
    CHECK(listener.freed == 4);
    machine.frames().set_listener(nullptr);
    CHECK(machine.frames().allocate(FrameUse::Page).has_value());
    CHECK(listener.taken == 4);
}
