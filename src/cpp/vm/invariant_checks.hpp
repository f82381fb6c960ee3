// SPDX-License-Identifier: GPL-2.0-only
// The parts of check_invariants, a file a topic: address spaces, objects, pages, and the machine below them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vm/address_space.hpp"

namespace vmlab {

/// One present page-table entry, and the mapping that it serves.
struct EntrySeen {
    AddressSpace* space;
    const Mapping* mapping;  ///< null where nothing is mapped
    VirtAddr address;
    Pte pte;
};

/// What all checks look at: gathered once from page tables and objects, and what they found wrong.
/// Owner: one call of check_invariants.
class Inspection {
public:
    Inspection(VirtualMemory& vm, const std::vector<AddressSpace*>& spaces);

    [[nodiscard]] VirtualMemory& vm() const { return vm_; }
    [[nodiscard]] const std::vector<AddressSpace*>& spaces() const { return spaces_; }
    [[nodiscard]] const std::vector<VmObject*>& objects() const { return objects_; }
    /// The present entries of all spaces that name a frame.
    [[nodiscard]] const std::vector<EntrySeen>& entries_of(FrameNumber frame) const;
    [[nodiscard]] bool any_entry_dirty(FrameNumber frame) const;

    void report(std::string violation) { violations_.push_back(std::move(violation)); }
    [[nodiscard]] std::vector<std::string> take_violations() { return std::move(violations_); }

private:
    VirtualMemory& vm_;
    const std::vector<AddressSpace*>& spaces_;
    std::vector<VmObject*> objects_;
    std::vector<std::vector<EntrySeen>> entries_;  ///< by frame
    std::vector<std::string> violations_;
};

/// A place in an object, or of a page: "object 3 page 0x5".
[[nodiscard]] std::string name_of(const VmObject& object, PageIndex index);
/// "PTE of 0x10000000 under CR3 0x00005000".
[[nodiscard]] std::string name_of(const AddressSpace& space, VirtAddr va);

/// The object down a chain that has a page in memory or swap, and where; object is null when none has.
struct SlotFound {
    const VmObject* object = nullptr;
    PageIndex index;
};
[[nodiscard]] SlotFound find_slot(const VmObject& front, PageIndex index);

// invariants_spaces.cpp: M1 to M3 of mapping.hpp, and every page-table entry against the mapping that it serves.
void check_mappings(AddressSpace& space, Inspection& inspection);
void check_entries(AddressSpace& space, Inspection& inspection);
void check_tables(Inspection& inspection);

// invariants_commit.cpp: M4 of mapping.hpp, and what was promised against a recount.
void check_commit(Inspection& inspection);

// invariants_objects.cpp: O1 and O2 of vm_object.hpp, reference counts, chains, swap slots.
void check_chains(Inspection& inspection);
void check_references(Inspection& inspection);
void check_slots(Inspection& inspection);
void check_swap(Inspection& inspection);

// invariants_pages.cpp: pages against slots, frames, lists and policies; O3; the reverse map; who may write.
void check_pages(Inspection& inspection);
void check_queues(Inspection& inspection);
void check_transfers(Inspection& inspection);
void check_wires(Inspection& inspection);
void check_contents(Inspection& inspection);
void check_reverse_map(Inspection& inspection);
void check_writers(Inspection& inspection);

}  // namespace vmlab
