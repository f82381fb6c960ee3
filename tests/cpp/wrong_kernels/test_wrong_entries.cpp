// SPDX-License-Identifier: GPL-2.0-only
// Kernels that get page tables, the TLB or the reverse map wrong.
#include "wrong_kernels/wrong_kernel.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

}  // namespace

TEST_CASE("a kernel that takes a right away and forgets to flush the TLB") {
    WrongKernel k;
    k.write_one_page();
    const auto flip = [&] { k.flip_entry(*k.space, AT, PteBits::WRITABLE); };
    k.expect("TLB entry of 0x10000000 under CR3 0x00001000 is stale", flip, flip);
}

TEST_CASE("a kernel that clears D and leaves it in the TLB") {
    WrongKernel k;
    k.write_one_page();
    const auto flip = [&] { k.flip_entry(*k.space, AT, PteBits::DIRTY); };
    k.expect("is stale", flip, flip);
}

TEST_CASE("a kernel that leaves a shared page writable at fork") {
    WrongKernel k;
    k.write_one_page();
    auto child = k.fork(k.space);
    const auto flip = [&] { k.flip_entry(*k.space, AT, PteBits::WRITABLE); };
    k.expect("is writable, but its page is not this mapping's own", flip, flip);
}

TEST_CASE("a kernel that forgets that a mapping needs a copy before its first write") {
    WrongKernel k;
    k.write_one_page();
    auto child = k.fork(k.space);
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    k.expect(
        "may be written in place by the mapping at 0x10000000", [&] { mapping.needs_copy = NeedsCopy::No; },
        [&] { mapping.needs_copy = NeedsCopy::Yes; });
}

TEST_CASE("a kernel that maps the wrong frame") {
    WrongKernel k;
    k.write_one_page();
    k.machine.mmu().flush();
    const auto flip = [&] { k.flip_entry(*k.space, AT, 1U << PAGE_SHIFT); };
    k.expect("maps another frame than the object chain shows", flip, flip);
}

TEST_CASE("a kernel that leaves an entry where it unmapped") {
    WrongKernel k;
    k.write_one_page();
    const PhysAddr next = k.machine.mmu().walk(AT).leaf().address + 4;
    const std::uint32_t entry = k.machine.memory().read32(next - 4);
    k.expect(
        "PTE of 0x10001000 under CR3 0x00001000 is present where nothing is mapped",
        [&] { k.machine.memory().write32(next, entry); }, [&] { k.machine.memory().write32(next, 0); });
}

TEST_CASE("a kernel that frees a frame that is still mapped") {
    WrongKernel k;
    k.write_one_page();
    const FrameNumber frame = k.page_at().frame();
    k.expect(
        "maps a frame that holds no page", [&] { k.machine.frames().free(frame); },
        [&] { CHECK(k.machine.frames().allocate(FrameUse::Page) == frame); });
}

TEST_CASE("a kernel that makes the frame of zeros writable, or writes it") {
    WrongKernel k(64, {.profile = {.zero_page = ZeroPage::On}});
    k.map(1, VmFixture::READ_WRITE);
    CHECK(k.read(AT) == FaultResult::ZeroPage);
    k.machine.mmu().flush();
    const auto flip = [&] { k.flip_entry(*k.space, AT, PteBits::WRITABLE); };
    k.expect("makes the frame of zeros writable", flip, flip);
    const PhysAddr zeros = k.vm.zero_frame()->address();
    k.expect(
        "the frame of zeros was written", [&] { k.machine.memory().write32(zeros + 8, 1); },
        [&] { k.machine.memory().write32(zeros + 8, 0); });
}

TEST_CASE("a kernel that makes a second frame of zeros, or leaves the first mapped where there is a page by now") {
    WrongKernel k(64, {.profile = {.zero_page = ZeroPage::On}});
    k.map(1, VmFixture::READ_WRITE);
    CHECK(k.read(AT) == FaultResult::ZeroPage);
    std::optional<FrameNumber> second;
    k.expect(
        "is a second frame of zeros", [&] { second = k.machine.frames().allocate(FrameUse::ZeroPage); },
        [&] { k.machine.frames().free(*second); });
    k.expect(
        "maps the frame of zeros, but object 1 shows a page there",
        [&] {
            Page& page = k.object_at().insert_page(PageIndex(0), *k.vm.allocate_frame());
            k.machine.memory().write32(page.frame().address(), 17);
            page.mark_dirty();
        },
        [&] { k.object_at().remove_page(PageIndex(0)); });
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    k.expect(
        "maps the frame of zeros into shared or wired memory", [&] { mapping.wiring = Wiring::Wired; },
        [&] { mapping.wiring = Wiring::Pageable; });
}

TEST_CASE("a kernel that leaves TLB entries of an address space that is gone") {
    WrongKernel k;
    k.write_one_page();
    const PhysAddr gone{0x30000};
    const auto tlb = [&]() -> Tlb& { return const_cast<Tlb&>(k.machine.mmu().tlb()); };
    const TlbEntry left{.page = VirtAddr(0x20000000), .space = gone, .frame = k.page_at().frame()};
    k.expect("belongs to no living address space", [&] { tlb().insert(left); }, [&] { tlb().drop_space(gone); });
}

TEST_CASE("a kernel that maps a frame that RAM does not have") {
    WrongKernel k;
    k.write_one_page();
    k.machine.mmu().flush();
    const auto flip = [&] { k.flip_entry(*k.space, AT, 1U << 31); };
    k.expect("maps a frame outside RAM", flip, flip);
}

TEST_CASE("a kernel that maps a page although the mapping allows no access") {
    WrongKernel k;
    k.write_one_page();
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    k.expect(
        "the mapping allows no access", [&] { mapping.protection = {}; },
        [&] { mapping.protection = {VmFixture::READ_WRITE}; });
}

TEST_CASE("a kernel whose reverse map does not know a mapping") {
    WrongKernel k;
    k.write_one_page();
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    const auto forget = [&] { mapping.object->remove_mapping(mapping); };
    const auto know = [&] { mapping.object->add_mapping(*k.space, mapping); };
    k.expect("PTE of 0x10000000 under CR3 0x00001000 is not found, or not once", forget, know);
    k.expect("is registered 0 times with its object", forget, know);
    k.expect("is registered 2 times with its object", know, forget);
}

TEST_CASE("a kernel whose reverse map still knows a mapping that shows another object by now") {
    WrongKernel k;
    k.write_one_page();
    k.map(1, VmFixture::READ_WRITE, AT + 8 * PAGE_SIZE);
    VmObject& before = k.object_at(AT + 8 * PAGE_SIZE);
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    k.expect(
        "object 2 knows mappings: 2, there are 1", [&] { before.add_mapping(*k.space, mapping); },
        [&] { before.remove_mapping(mapping); });
}

TEST_CASE("a kernel that takes a page for eviction and leaves it mapped") {
    WrongKernel k;
    k.write_one_page();
    Page& page = k.page_at();
    const std::uint32_t entry = k.space->pmap().lookup(AT).bits;
    k.vm.daemon().detach(page);
    const PhysAddr place = k.machine.mmu().walk(AT).leaf().address;
    k.expect(
        "was taken from its users and is still mapped", [&] { k.machine.memory().write32(place, entry); },
        [&] { k.machine.memory().write32(place, 0); });
}

TEST_CASE("a kernel that loses a page table, or gives one to two address spaces") {
    WrongKernel k;
    k.write_one_page();
    std::optional<FrameNumber> lost;
    k.expect(
        "frames are page tables, address spaces hold", [&] { lost = k.machine.frames().allocate(FrameUse::PageTable); },
        [&] { k.machine.frames().free(*lost); });
    const PhysAddr entry = k.machine.mmu().walk(AT).directory.address;
    const std::uint32_t right = k.machine.memory().read32(entry);
    k.expect(
        "is named as a page table 2 times", [&] { k.machine.memory().write32(entry + 4, right); },
        [&] { k.machine.memory().write32(entry + 4, 0); });
}

TEST_CASE("a kernel that lets mappings overlap, or have more rights than they may") {
    WrongKernel k;
    k.map(1, VmFixture::READ_WRITE);
    k.map(1, VmFixture::READ, AT + PAGE_SIZE);
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    const std::uint64_t end = mapping.range.end;
    k.expect(
        "is misplaced, misaligned or overlaps another", [&] { mapping.range.end = end + PAGE_SIZE; },
        [&] { mapping.range.end = end; });
    k.expect(
        "has more rights than it may have", [&] { mapping.max_protection = {VmFixture::READ}; },
        [&] { mapping.max_protection = {Protection::ALL}; });
    const PageIndex offset = mapping.offset;
    k.expect(
        "reaches past the end of object 1", [&] { mapping.offset = PageIndex(1); }, [&] { mapping.offset = offset; });
}

TEST_CASE("a kernel that shares memory and yet wants to copy it") {
    WrongKernel k;
    k.map_file(k.file(std::string(100, 'a')), 1, Sharing::Shared);
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    k.expect(
        "is shared and yet needs a copy", [&] { mapping.needs_copy = NeedsCopy::Yes; },
        [&] { mapping.needs_copy = NeedsCopy::No; });
}
