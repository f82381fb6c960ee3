// SPDX-License-Identifier: GPL-2.0-only
#include "vm/invariants.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "vm/invariant_checks.hpp"

namespace vmlab {

Inspection::Inspection(VirtualMemory& vm, const std::vector<AddressSpace*>& spaces)
    : vm_(vm), spaces_(spaces), entries_(vm.machine().frames().total()) {
    for (VmObject* object = vm.objects().first(); object != nullptr; object = ObjectList::after(*object)) {
        objects_.push_back(object);
    }
    for (AddressSpace* space : spaces) {
        space->pmap().for_each_present({VirtAddr(0), space->layout().end.value}, [&](VirtAddr va, Pte pte) {
            if (pte.frame().value >= entries_.size()) {
                report(name_of(*space, va) + " maps a frame outside RAM");
                return;
            }
            entries_[pte.frame().value].push_back({space, space->find_mapping(va), va, pte});
        });
    }
}

const std::vector<EntrySeen>& Inspection::entries_of(FrameNumber frame) const { return entries_.at(frame.value); }

bool Inspection::any_entry_dirty(FrameNumber frame) const {
    return std::ranges::any_of(entries_of(frame), [](const EntrySeen& entry) { return entry.pte.dirty(); });
}

std::string name_of(const VmObject& object, PageIndex index) {
    return "page " + std::to_string(index.value) + " of object " + std::to_string(object.id());
}

std::string name_of(const AddressSpace& space, VirtAddr va) {
    return "PTE of " + hex(va.value) + " under CR3 " + hex(space.pmap().root().value);
}

SlotFound find_slot(const VmObject& front, PageIndex index) {
    const VmObject* object = &front;
    while (object != nullptr && !object->slots().has(index)) {
        index = object->shadow_offset() + index.value;
        object = object->shadow().get();
    }
    return {object, index};
}

namespace {

/// No TLB entry disagrees with a walk of its space.
void check_tlb(Inspection& inspection) {
    const Mmu& mmu = inspection.vm().machine().mmu();
    for (const TlbEntry& entry : mmu.tlb().entries()) {
        const std::string name = "TLB entry of " + hex(entry.page.value) + " under CR3 " + hex(entry.space.value);
        const bool alive = std::ranges::any_of(
            inspection.spaces(), [&entry](const AddressSpace* space) { return space->pmap().root() == entry.space; });
        if (!alive) {
            inspection.report(name + " belongs to no living address space");
            continue;
        }
        const Walk walk = mmu.walk(entry.page, entry.space);
        if (!walk.mapped() || frame_of(walk.physical) != entry.frame || walk.writable != entry.writable ||
            walk.user != entry.user || (entry.dirty && !walk.leaf().entry.dirty())) {
            inspection.report(name + " is stale");
        }
    }
}

bool holds_zeros(VirtualMemory& vm, FrameNumber frame) {
    return std::ranges::all_of(vm.memory().frame(frame), [](std::byte byte) { return byte == std::byte{0}; });
}

/// The pool's and the virtual memory's counts equal a recount.
void check_frames(Inspection& inspection) {
    VirtualMemory& vm = inspection.vm();
    const FramePool& frames = vm.machine().frames();
    std::uint32_t used = 0, pages = 0, zeroed = 0;
    for (std::uint32_t number = 0; number < frames.total(); ++number) {
        const FrameUse use = frames.use(FrameNumber(number));
        used += is_free(use) ? 0U : 1U;
        zeroed += use == FrameUse::Zeroed ? 1U : 0U;
        if (use == FrameUse::Zeroed && !holds_zeros(vm, FrameNumber(number))) {
            inspection.report("frame " + std::to_string(number) + " counts as zeroed and was written");
        }
        pages += use == FrameUse::Page || use == FrameUse::Handler ? 1U : 0U;
    }
    if (used != frames.used()) {
        inspection.report("the frame pool counts " + std::to_string(frames.used()) + " used frames, there are " +
                          std::to_string(used));
    }
    if (zeroed != frames.zeroed()) {
        inspection.report("the frame pool counts " + std::to_string(frames.zeroed()) + " zeroed frames, there are " +
                          std::to_string(zeroed));
    }
    if (pages != vm.page_frames()) {
        inspection.report("the virtual memory counts " + std::to_string(vm.page_frames()) + " page frames, there are " +
                          std::to_string(pages));
    }
}

/// Each zone counts the frames that are free in it.
void check_zones(Inspection& inspection) {
    const FramePool& frames = inspection.vm().machine().frames();
    for (const FrameZone& zone : frames.zones()) {
        std::uint32_t free = 0;
        for (std::uint32_t at = 0; at < zone.frames(); ++at) {
            free += is_free(frames.use(FrameNumber(zone.first().value + at))) ? 1U : 0U;
        }
        if (free != zone.available()) {
            inspection.report("the zone from frame " + std::to_string(zone.first().value) + " on counts " +
                              std::to_string(zone.available()) + " free frames, there are " + std::to_string(free));
        }
    }
}

/// The frame of zeros holds zeros, and there is one at most.
void check_zero_frame(Inspection& inspection) {
    VirtualMemory& vm = inspection.vm();
    const FramePool& frames = vm.machine().frames();
    for (std::uint32_t number = 0; number < frames.total(); ++number) {
        const FrameNumber frame(number);
        if (frames.use(frame) != FrameUse::ZeroPage) {
            continue;
        }
        if (!vm.is_zero_frame(frame)) {
            inspection.report("frame " + std::to_string(number) + " is a second frame of zeros");
        }
        if (!holds_zeros(vm, frame)) {
            inspection.report("the frame of zeros was written");
        }
    }
}

}  // namespace

std::vector<std::string> check_invariants(VirtualMemory& vm, const std::vector<AddressSpace*>& spaces) {
    Inspection inspection(vm, spaces);
    for (AddressSpace* space : spaces) {
        check_mappings(*space, inspection);
        check_entries(*space, inspection);
    }
    check_tables(inspection);
    check_commit(inspection);
    check_chains(inspection);
    check_references(inspection);
    check_slots(inspection);
    check_swap(inspection);
    check_pages(inspection);
    check_queues(inspection);
    check_transfers(inspection);
    check_wires(inspection);
    check_contents(inspection);
    check_reverse_map(inspection);
    check_writers(inspection);
    check_tlb(inspection);
    check_frames(inspection);
    check_zones(inspection);
    check_zero_frame(inspection);
    return inspection.take_violations();
}

}  // namespace vmlab
