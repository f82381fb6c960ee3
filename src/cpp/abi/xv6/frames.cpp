// SPDX-License-Identifier: GPL-2.0-only
#include "abi/xv6/frames.hpp"

#include <algorithm>
#include <ranges>

#include "abi/xv6/layout.hpp"
#include "machine/pte.hpp"

namespace vmlab::xv6_abi {

namespace {

/// Whether a physical address is that of a frame which kalloc gave and nobody mapped.
bool is_from_kalloc(const FramePool& frames, std::uint64_t physical) {
    const std::uint64_t number = physical >> PAGE_SHIFT;
    return physical % PAGE_SIZE == 0 && number < frames.total() &&
           frames.use(FrameNumber(static_cast<std::uint32_t>(number))) == FrameUse::Handler;
}

Mapped map_page(AddressSpace& space, VirtAddr page, FrameNumber frame, std::uint32_t rights) {
    if (space.find_mapping(page) != nullptr) {
        return Mapped::Remap;
    }
    const VirtRange range{page, std::uint64_t{page.value} + PAGE_SIZE};
    const bool writable = (rights & PteBits::WRITABLE) != 0;
    const std::uint32_t protection = Protection::READ | Protection::EXEC | (writable ? Protection::WRITE : 0U);
    if (!space.install_page(page, frame, {protection})) {
        static_cast<void>(space.unmap(range));
        return Mapped::NoTable;
    }
    if ((rights & PteBits::USER) == 0) {
        require(space.set_privilege(range, Privilege::Supervisor).ok(), "the page was just mapped");
    }
    return Mapped::Done;
}

}  // namespace

std::uint32_t kalloc(Kernel& kernel) {
    const auto frame = kernel.vm().allocate_frame(FrameUse::Handler);
    return frame ? kernel.machine().kernel_address(frame->address()).value : 0;
}

bool kfree(Kernel& kernel, std::uint32_t page) {
    if (page < KERNBASE.value || !is_from_kalloc(kernel.machine().frames(), page - KERNBASE.value)) {
        return false;
    }
    const FrameNumber frame = frame_of(PhysAddr(page - KERNBASE.value));
    std::ranges::fill(kernel.vm().memory().writable_frame(frame), std::byte{1});
    kernel.vm().free_frame(frame);
    return true;
}

std::uint32_t link_free_pages(Kernel& kernel) {
    Machine& machine = kernel.machine();
    std::uint32_t next = 0;
    for (const FrameNumber frame : std::views::reverse(machine.frames().free_frames())) {
        machine.memory().write32(frame.address(), next);
        next = machine.kernel_address(frame.address()).value;
    }
    return next;
}

Mapped mappages(AddressSpace& space, std::uint32_t va, std::uint32_t size, std::uint32_t physical,
                std::uint32_t rights) {
    const std::uint64_t first = VirtAddr(va).page().value, end = page_round_up(std::uint64_t{va} + size);
    const FramePool& frames = space.vm().machine().frames();
    for (std::uint64_t at = first; at < end; at += PAGE_SIZE) {
        if (end > KERNBASE.value || !is_from_kalloc(frames, physical + (at - first))) {
            return Mapped::NotOurs;
        }
    }
    for (std::uint64_t at = first; at < end; at += PAGE_SIZE) {
        const FrameNumber frame = frame_of(PhysAddr(static_cast<std::uint32_t>(physical + (at - first))));
        const Mapped mapped = map_page(space, VirtAddr(static_cast<std::uint32_t>(at)), frame, rights);
        if (mapped != Mapped::Done) {
            return mapped;
        }
    }
    return Mapped::Done;
}

}  // namespace vmlab::xv6_abi
