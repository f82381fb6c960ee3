// SPDX-License-Identifier: GPL-2.0-only
#include "vm/invariants.hpp"

#include <algorithm>
#include <cstdio>

namespace vmlab {

namespace {

using Violations = std::vector<std::string>;

std::string hex(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", value);
    return text;
}

/// M1: page-aligned, not empty, in order and without overlap.
void check_ranges(const AddressSpace& space, Violations& out) {
    std::uint64_t end = 0;
    for (const auto& [start, mapping] : space.mappings()) {
        const VirtRange& range = mapping.range;
        if (start != range.start || !range.start.is_aligned() || range.end % PAGE_SIZE != 0 ||
            range.end <= range.start.value || range.start.value < end || range.end > space.layout().end.value) {
            out.push_back("mapping at " + hex(start.value) + " is misplaced, misaligned or overlaps another");
        }
        end = range.end;
    }
}

/// The page that the mapping's chain shows at va, if it is in memory.
const Page* shown_page(const Mapping& mapping, VirtAddr va) {
    const VmObject* object = mapping.object.get();
    PageIndex index = mapping.index_of(va);
    while (object != nullptr) {
        if (const Page* page = object->find_page(index)) {
            return page;
        }
        index = object->shadow_offset() + index.value;
        object = object->shadow().get();
    }
    return nullptr;
}

/// The frame of zeros is mapped read-only, and only where nobody down the chain has the page.
void check_zero_page_entry(const Mapping& mapping, VirtAddr va, Pte pte, Violations& out) {
    if (pte.writable()) {
        out.push_back("PTE of " + hex(va.value) + " makes the frame of zeros writable");
    }
    const VmObject* object = mapping.object.get();
    PageIndex index = mapping.index_of(va);
    for (; object != nullptr; object = object->shadow().get()) {
        if (object->has_page(index)) {
            out.push_back("PTE of " + hex(va.value) + " maps the frame of zeros, but object " +
                          std::to_string(object->id()) + " has the page");
        }
        index = object->shadow_offset() + index.value;
    }
}

/// Every present PTE shows its mapping's page; a writable one only a page of the mapping's own object (M2).
void check_entries(AddressSpace& space, Violations& out) {
    const FramePool& frames = space.vm().machine().frames();
    space.pmap().for_each_present({VirtAddr(0), space.layout().end.value}, [&](VirtAddr va, Pte pte) {
        const Mapping* mapping = space.find_mapping(va);
        if (mapping == nullptr) {
            out.push_back("PTE of " + hex(va.value) + " is present where nothing is mapped");
            return;
        }
        if (space.vm().is_zero_frame(pte.frame())) {
            check_zero_page_entry(*mapping, va, pte, out);
            return;
        }
        if (frames.use(pte.frame()) != FrameUse::Page) {
            out.push_back("PTE of " + hex(va.value) + " maps a frame that holds no page");
        }
        const Page* page = shown_page(*mapping, va);
        if (page == nullptr || page->frame() != pte.frame()) {
            out.push_back("PTE of " + hex(va.value) + " maps another frame than the object chain shows");
            return;
        }
        const bool may_write = mapping->protection.writable() && mapping->needs_copy == NeedsCopy::No &&
                               &page->object() == mapping->object.get();
        if (pte.writable() && !may_write) {
            out.push_back("PTE of " + hex(va.value) + " is writable, but its page is not this mapping's own");
        }
        if (!mapping->protection.accessible()) {
            out.push_back("PTE of " + hex(va.value) + " is present, but the mapping allows no access");
        }
    });
}

/// No TLB entry disagrees with a walk of its space.
void check_tlb(VirtualMemory& vm, const std::vector<AddressSpace*>& spaces, Violations& out) {
    const Mmu& mmu = vm.machine().mmu();
    for (const TlbEntry& entry : mmu.tlb().entries()) {
        const bool alive = std::any_of(spaces.begin(), spaces.end(),
                                       [&entry](AddressSpace* space) { return space->pmap().root() == entry.space; });
        if (!alive) {
            out.push_back("TLB entry of " + hex(entry.page.value) + " belongs to no living address space");
            continue;
        }
        const Walk walk = mmu.walk(entry.page, entry.space);
        if (!walk.mapped() || frame_of(walk.physical) != entry.frame || walk.writable != entry.writable ||
            walk.user != entry.user) {
            out.push_back("TLB entry of " + hex(entry.page.value) + " is stale");
        }
    }
}

/// The pool's and the virtual memory's counts equal a recount.
void check_frames(VirtualMemory& vm, const std::vector<AddressSpace*>& spaces, Violations& out) {
    const FramePool& frames = vm.machine().frames();
    std::uint32_t used = 0, pages = 0, tables = 0, held_tables = 0;
    for (std::uint32_t number = 0; number < frames.total(); ++number) {
        const FrameUse use = frames.use(FrameNumber(number));
        used += use != FrameUse::Free ? 1U : 0U;
        pages += use == FrameUse::Page || use == FrameUse::Handler ? 1U : 0U;
        tables += use == FrameUse::PageTable ? 1U : 0U;
    }
    for (AddressSpace* space : spaces) {
        held_tables += space->pmap().table_count() + 1;
    }
    if (used != frames.used()) {
        out.push_back("the frame pool counts " + std::to_string(frames.used()) + " used frames, there are " +
                      std::to_string(used));
    }
    if (pages != vm.page_frames()) {
        out.push_back("the virtual memory counts " + std::to_string(vm.page_frames()) + " page frames, there are " +
                      std::to_string(pages));
    }
    if (tables != held_tables) {
        out.push_back(std::to_string(tables) + " frames are page tables, address spaces hold " +
                      std::to_string(held_tables));
    }
}

}  // namespace

std::vector<std::string> check_invariants(VirtualMemory& vm, const std::vector<AddressSpace*>& spaces) {
    Violations out;
    for (AddressSpace* space : spaces) {
        check_ranges(*space, out);
        check_entries(*space, out);
    }
    check_tlb(vm, spaces, out);
    check_frames(vm, spaces, out);
    return out;
}

}  // namespace vmlab
