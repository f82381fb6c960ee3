// SPDX-License-Identifier: GPL-2.0-only
#include "abi/xv6/process_size.hpp"

#include <algorithm>

#include "abi/xv6/console_lines.hpp"
#include "abi/xv6/layout.hpp"

namespace vmlab::xv6_abi {

namespace {

/// The pages that lie wholly behind `low` and hold bytes below `high`.
VirtRange pages_between(std::uint32_t low, std::uint32_t high) {
    return {VirtAddr(static_cast<std::uint32_t>(page_round_up(low))), page_round_up(high)};
}

/// Makes the memory smaller, into stack and program too if asked to.
void shrink(AddressSpace& space, VirtAddr end) {
    const VirtAddr heap = space.heap_start();
    const bool shrunk = space.set_break(std::max(end, heap)).ok();
    require(shrunk, "a heap can always become smaller");
    if (end < heap) {
        static_cast<void>(deallocuvm(space, heap.value, end.value));
        space.set_heap_start(end);
    }
}

Result<VirtAddr, VmError> map_pages(AddressSpace& space, const VirtRange& range) {
    return space.map_at_once({.address = range.start,
                              .length = range.size(),
                              .placement = Placement::Fixed,
                              .protection = {Protection::ALL},
                              .name = "[allocuvm]"});
}

}  // namespace

bool growproc(Kernel& kernel, Process& process, std::int32_t change) {
    AddressSpace& space = process.space();
    const std::uint32_t before = space.heap_end().value;
    const std::uint32_t after = before + static_cast<std::uint32_t>(change);
    if (change < 0) {
        if (after < before) {  // who gives back more than there is gives nothing, and is not told
            shrink(space, VirtAddr(after));
        }
        return after != 0;
    }
    if (after >= KERNBASE.value) {
        return false;
    }
    const auto grown = space.set_break(VirtAddr(after));
    if (!grown) {
        print_out_of_memory(kernel, grown.error());
    }
    return grown.ok();
}

std::uint32_t allocuvm(Kernel& kernel, AddressSpace& space, std::uint32_t old_size, std::uint32_t new_size) {
    if (new_size >= KERNBASE.value) {
        return 0;
    }
    const VirtRange range = pages_between(old_size, new_size);
    if (new_size < old_size || range.start.value >= range.end) {
        return std::max(old_size, new_size);
    }
    if (!space.is_free(range)) {
        return 0;
    }
    const auto mapped = map_pages(space, range);
    if (!mapped) {
        print_out_of_memory(kernel, mapped.error());
    }
    return mapped ? new_size : 0;
}

std::uint32_t deallocuvm(AddressSpace& space, std::uint32_t old_size, std::uint32_t new_size) {
    if (new_size >= old_size) {
        return old_size;
    }
    const VirtRange range = pages_between(new_size, std::min(old_size, KERNBASE.value));
    if (range.start.value < range.end) {
        require(space.unmap(range).ok(), "user pages can be unmapped");
    }
    return new_size;
}

// A table stays when its last page goes: it comes with a page that nobody needs, beside those that are mapped.
bool ensure_table(AddressSpace& space, VirtAddr va) {
    const std::uint32_t first = va.value / LARGE_PAGE_SIZE * LARGE_PAGE_SIZE;
    const auto has_table = [&] { return space.vm().machine().mmu().walk(va, space.pmap().root()).table.has_value(); };
    for (std::uint32_t page = 0; page < ENTRIES_PER_TABLE && !has_table(); ++page) {
        const VirtAddr at(first + (page << PAGE_SHIFT));
        const VirtRange range{at, std::uint64_t{at.value} + PAGE_SIZE};
        if (space.is_free(range)) {
            const bool mapped = map_pages(space, range).ok();
            require(!mapped || space.unmap(range).ok(), "what was just mapped can be unmapped");
            return mapped;
        }
    }
    return has_table();
}

}  // namespace vmlab::xv6_abi
