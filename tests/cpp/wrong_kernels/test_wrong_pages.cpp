// SPDX-License-Identifier: GPL-2.0-only
// Kernels that get pages, their frames, lists, wires or contents wrong.
#include "wrong_kernels/wrong_kernel.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

VirtRange first_page() { return {AT, std::uint64_t{AT.value} + PAGE_SIZE}; }

}  // namespace

TEST_CASE("a kernel in which a page names another owner than its slot's") {
    WrongKernel k;
    k.write_one_page();
    PageIndex& index = Sabotage::index(k.page_at());
    k.expect("holds a page that names another slot", [&] { index = PageIndex(3); }, [&] { index = PageIndex(0); });
}

TEST_CASE("a kernel that forgets which page a frame holds, or remembers one that is gone") {
    WrongKernel k;
    k.map(2, VmFixture::READ_WRITE);
    (void)k.write(AT, 17);
    Page& page = k.page_at();
    std::vector<Page*>& pages = Sabotage::pages(k.vm);
    Page*& known = pages[page.frame().value];
    k.expect("is not the page that this frame is known to hold", [&] { known = nullptr; }, [&] { known = &page; });
    std::unique_ptr<Page> gone;
    PageSlots& slots = Sabotage::slots(k.object_at());
    k.expect(
        "is known to hold a page that is in no slot", [&] { gone = slots.take_page(PageIndex(0)); },
        [&] { slots.insert(PageIndex(0), std::move(gone)); });
}

TEST_CASE("a kernel that leaks a frame") {
    WrongKernel k;
    std::optional<FrameNumber> leaked;
    k.expect(
        "is in use for a page and holds none", [&] { leaked = k.vm.allocate_frame(); },
        [&] { k.vm.free_frame(*leaked); });
    k.expect(
        "page frames, there are 1", [&] { leaked = k.machine.frames().allocate(FrameUse::Page); },
        [&] { k.machine.frames().free(*leaked); });
}

TEST_CASE("a kernel that puts a page on two lists") {
    WrongKernel k;
    k.write_one_page();
    const FrameNumber frame = k.page_at().frame();
    FrameList& standby = Sabotage::standby(k.vm);
    k.expect(
        "is not on the list, modified or standby, that its state names", [&] { standby.push_back(frame); },
        [&] { standby.remove(frame); });
    k.expect(
        "is on the standby list, but its page is not standby", [&] { standby.push_back(frame); },
        [&] { standby.remove(frame); });
}

TEST_CASE("a kernel that counts one page too many for a replacement policy") {
    WrongKernel k;
    k.write_one_page();
    k.expect(
        "replacement domain 0 counts 2 pages, there are 1", [&] { ++k.vm.domains()[0].pages; },
        [&] { --k.vm.domains()[0].pages; });
}

TEST_CASE("a kernel that charges a page to a process that is gone") {
    WrongKernel k;
    k.write_one_page();
    std::uint16_t& domain = Sabotage::domain(k.page_at());
    k.expect("is charged to a replacement domain that does not exist", [&] { domain = 7; }, [&] { domain = 0; });
}

TEST_CASE("a kernel that puts a dirty page on the standby list") {
    WrongKernel k;
    k.map(1, VmFixture::READ_WRITE);
    (void)k.read(AT);
    Page& page = k.page_at();
    k.vm.daemon().detach(page);
    CHECK(page.state() == PageState::Standby);
    k.expect(
        "is on the wrong one of the lists for clean and for dirty pages", [&] { page.mark_dirty(); },
        [&] { page.mark_clean(); });
}

TEST_CASE("a kernel that wires a page once too often, or says that it is wired when it is not") {
    WrongKernel k;
    k.write_one_page();
    REQUIRE(k.space->set_wiring(first_page(), Wiring::Wired).ok());
    Page& page = k.page_at();
    k.expect("counts 2 wires, 1 entries wire it", [&] { k.vm.wire(page); }, [&] { k.vm.unwire(page); });
    PageState& state = Sabotage::state(page);
    k.expect("is wired but not in that state", [&] { state = PageState::Active; }, [&] { state = PageState::Wired; });
}

TEST_CASE("a kernel that unwires a mapping and not its pages") {
    WrongKernel k;
    k.write_one_page();
    REQUIRE(k.space->set_wiring(first_page(), Wiring::Wired).ok());
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    k.expect(
        "counts 1 wires, 0 entries wire it", [&] { mapping.wiring = Wiring::Pageable; },
        [&] { mapping.wiring = Wiring::Wired; });
}

TEST_CASE("a kernel that forgets to let go of a busy page") {
    WrongKernel k;
    k.write_one_page();
    PinnedPage pinned;
    k.expect(
        "is pinned, and nobody works with it", [&] { pinned = PinnedPage(k.page_at()); },
        [&] { const PinnedPage let_go = std::move(pinned); });
}

TEST_CASE("a kernel that loses a D bit: the page would leave without being written") {
    WrongKernel k;
    k.write_one_page();
    k.machine.mmu().flush();
    const auto flip = [&] { k.flip_entry(*k.space, AT, PteBits::DIRTY); };
    k.expect("counts as clean and differs from what is stored of it", flip, flip);
}

TEST_CASE("a kernel that marks a page clean whose slot holds an older copy") {
    WrongKernel k(64, {.swap_slots = 4});
    k.write_one_page();
    CHECK(k.vm.daemon().free_one());
    CHECK(k.read(AT) == FaultResult::PageIn);
    const PhysAddr bytes = k.page_at().frame().address();
    k.expect(
        "counts as clean and differs from what is stored of it", [&] { k.machine.memory().write32(bytes, 99); },
        [&] { k.machine.memory().write32(bytes, 17); });
}

TEST_CASE("a kernel that writes a file's page and keeps it clean") {
    WrongKernel k;
    k.map_file(k.file(std::string(100, 'a')), 1, Sharing::Shared);
    CHECK(k.read(AT) == FaultResult::PageIn);
    const PhysAddr bytes = k.page_at().frame().address();
    const std::uint32_t before = k.machine.memory().read32(bytes);
    k.expect(
        "counts as clean and differs from what is stored of it", [&] { k.machine.memory().write32(bytes, 99); },
        [&] { k.machine.memory().write32(bytes, before); });
}

TEST_CASE("a kernel that keeps the swap slot of a page that it marks dirty") {
    WrongKernel k(64, {.swap_slots = 4});
    k.write_one_page();
    CHECK(k.vm.daemon().free_one());
    CHECK(k.read(AT) == FaultResult::PageIn);
    PageSlots& slots = Sabotage::slots(k.object_at());
    const SwapSlot slot = k.object_at().swap_slot(PageIndex(0));
    k.expect(
        "is dirty and keeps a swap slot",
        [&] {
            slots.exchange_swap_slot(PageIndex(0), SwapSlot());
            k.page_at().mark_dirty();
            slots.exchange_swap_slot(PageIndex(0), slot);
        },
        [&] { k.page_at().mark_clean(); });
}

TEST_CASE("a wire too few is a Panic for who gives the space up, and others go on") {
    WrongKernel k;
    k.write_one_page();
    auto child = k.fork(k.space);
    k.others.clear();
    WrongKernel::mapping_of(*child).wiring = Wiring::Wired;
    CHECK_THROWS_AS(AddressSpace::drop(std::move(child)), Panic);
    CHECK(k.object_at().mapping_count() == 1);
    CHECK(k.write(AT, 18) == FaultResult::Upgrade);
    CHECK_MESSAGE(k.complaints().empty(), k.complaints());
}
