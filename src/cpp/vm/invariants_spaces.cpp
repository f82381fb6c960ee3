// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>
#include <array>
#include <map>

#include "base/hex.hpp"
#include "vm/invariant_checks.hpp"

namespace vmlab {

namespace {

/// M1: page-aligned, not empty, in order and without overlap.
bool well_placed(const AddressSpace& space, VirtAddr key, const VirtRange& range, std::uint64_t previous_end) {
    return key == range.start && range.start.is_aligned() && range.end % PAGE_SIZE == 0 &&
           range.end > range.start.value && range.start.value >= previous_end && range.end <= space.layout().end.value;
}

/// The frame of zeros is mapped read-only, where pageable private memory of no file has no page, or one of zeros.
void check_zero_page_entry(const EntrySeen& entry, Inspection& inspection) {
    const std::string name = name_of(*entry.space, entry.address);
    const Mapping& mapping = *entry.mapping;
    if (entry.pte.writable()) {
        inspection.report(name + " makes the frame of zeros writable");
    }
    if (mapping.sharing == Sharing::Shared || is_wired(mapping.wiring)) {
        inspection.report(name + " maps the frame of zeros into shared or wired memory");
    }
    std::array<std::byte, PAGE_SIZE> bytes;
    mapping.object->peek(mapping.index_of(entry.address), bytes);
    const VmObject* last = mapping.object.get();
    while (last->shadow()) {
        last = last->shadow().get();
    }
    if (last->kind() != ObjectKind::Anonymous ||
        std::ranges::any_of(bytes, [](std::byte byte) { return byte != std::byte{0}; })) {
        inspection.report(name + " maps the frame of zeros, but object " + std::to_string(mapping.object->id()) +
                          " shows a page there");
    }
}

/// M2, and that the entry shows its mapping's page: a writable one only a page of the mapping's own object.
void check_page_entry(const EntrySeen& entry, Inspection& inspection) {
    VirtualMemory& vm = inspection.vm();
    const std::string name = name_of(*entry.space, entry.address);
    const Mapping& mapping = *entry.mapping;
    const FrameUse use = vm.machine().frames().use(entry.pte.frame());
    if (use != FrameUse::Page && use != FrameUse::Device) {
        inspection.report(name + " maps a frame that holds no page");
    }
    const SlotFound shown = find_slot(*mapping.object, mapping.index_of(entry.address));
    const Page* page = shown.object != nullptr ? shown.object->find_page(shown.index) : nullptr;
    if (page == nullptr || page->frame() != entry.pte.frame()) {
        inspection.report(name + " maps another frame than the object chain shows");
        return;
    }
    const bool may_write =
        mapping.protection.writable() && mapping.needs_copy == NeedsCopy::No && shown.object == mapping.object.get();
    if (entry.pte.writable() && !may_write) {
        inspection.report(name + " is writable, but its page is not this mapping's own");
    }
    if (!mapping.protection.accessible()) {
        inspection.report(name + " is present, but the mapping allows no access");
    }
}

}  // namespace

/// M1 and M3; that each object knows the mapping is check_references'.
void check_mappings(AddressSpace& space, Inspection& inspection) {
    std::uint64_t end = 0;
    for (const auto& [start, mapping] : space.mappings()) {
        const std::string name = "mapping at " + hex(start.value) + " under CR3 " + hex(space.pmap().root().value);
        if (!well_placed(space, start, mapping.range, end)) {
            inspection.report(name + " is misplaced, misaligned or overlaps another");
        }
        end = mapping.range.end;
        if (!mapping.protection.within(mapping.max_protection)) {
            inspection.report(name + " has more rights than it may have");
        }
        if (mapping.sharing == Sharing::Shared && mapping.needs_copy == NeedsCopy::Yes) {
            inspection.report(name + " is shared and yet needs a copy");
        }
        const bool reaches_past = mapping.object->kind() == ObjectKind::Anonymous &&
                                  mapping.offset.value + mapping.range.pages() > mapping.object->size_pages();
        if (reaches_past) {
            inspection.report(name + " reaches past the end of object " + std::to_string(mapping.object->id()));
        }
    }
}

void check_entries(AddressSpace& space, Inspection& inspection) {
    space.pmap().for_each_present({VirtAddr(0), space.layout().end.value}, [&](VirtAddr va, Pte pte) {
        const EntrySeen entry{&space, space.find_mapping(va), va, pte};
        if (entry.mapping == nullptr) {
            inspection.report(name_of(space, va) + " is present where nothing is mapped");
        } else if (inspection.vm().is_zero_frame(pte.frame())) {
            check_zero_page_entry(entry, inspection);
        } else if (inspection.vm().memory().contains(pte.frame())) {
            check_page_entry(entry, inspection);
        }
    });
}

/// Each page table belongs to one directory, each directory to one address space, and all are counted, as are the entries.
void check_tables(Inspection& inspection) {
    Machine& machine = inspection.vm().machine();
    const FramePool& frames = machine.frames();
    std::map<FrameNumber, std::uint32_t> named;
    for (AddressSpace* space : inspection.spaces()) {
        ++named[space->pmap().directory()];
        std::uint32_t tables = 0;
        for (std::uint32_t at = 0; at < directory_index(machine.kernel_window()); ++at) {
            if (space->pmap().shows_tables_at(VirtAddr(at * LARGE_PAGE_SIZE))) {
                continue;  // its entry names the directory itself
            }
            const Pte pde(machine.memory().read32(space->pmap().root() + 4 * at));
            tables += pde.present() ? 1U : 0U;
            if (pde.present()) {
                ++named[pde.frame()];
            }
        }
        std::uint32_t resident = 0;
        space->pmap().for_each_present({VirtAddr(0), space->layout().end.value}, [&](VirtAddr, Pte pte) {
            resident += inspection.vm().is_zero_frame(pte.frame()) ? 0U : 1U;
        });
        if (resident != space->pmap().resident_pages()) {
            inspection.report("the address space under CR3 " + hex(space->pmap().root().value) + " counts " +
                              std::to_string(space->pmap().resident_pages()) + " pages in memory, there are " +
                              std::to_string(resident));
        }
        if (tables != space->pmap().table_count()) {
            inspection.report("the address space under CR3 " + hex(space->pmap().root().value) + " counts " +
                              std::to_string(space->pmap().table_count()) + " page tables, there are " +
                              std::to_string(tables));
        }
    }
    for (const auto& [frame, times] : named) {
        if (times > 1 || frames.use(frame) != FrameUse::PageTable) {
            inspection.report("frame " + std::to_string(frame.value) + " is named as a page table " +
                              std::to_string(times) + " times, or is none");
        }
    }
    std::uint32_t tables = 0;
    for (std::uint32_t number = 0; number < frames.total(); ++number) {
        tables += frames.use(FrameNumber(number)) == FrameUse::PageTable ? 1U : 0U;
    }
    if (tables != named.size()) {
        inspection.report(std::to_string(tables) + " frames are page tables, address spaces hold " +
                          std::to_string(named.size()));
    }
}

}  // namespace vmlab
