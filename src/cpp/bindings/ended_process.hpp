// SPDX-License-Identifier: GPL-2.0-only
// EndedProcess: what a process looked like when it ended, kept so that it can be asked afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bindings/object_records.hpp"
#include "machine/page_table.hpp"
#include "machine/registers.hpp"
#include "machine/trap_frame.hpp"
#include "vm/address_space.hpp"
#include "vm/mapping_use.hpp"

namespace vmlab {

/// One mapping as a value.
struct MappingRecord {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint32_t protection = 0;
    Sharing sharing = Sharing::Private;
    std::uint32_t kind = 0;
    std::string name;
    std::uint32_t object_id = 0;
    std::uint64_t offset = 0;          ///< bytes into the object
    std::uint32_t resident_pages = 0;  ///< with a present page-table entry
};

[[nodiscard]] std::vector<MappingRecord> record_mappings(AddressSpace& space);

/// What smaps tells of one mapping.
struct MappingUseRecord {
    MappingUse use;
    std::string flags;
};

/// For each mapping, in the order of record_mappings.
[[nodiscard]] std::vector<MappingUseRecord> record_uses(const AddressSpace& space);
[[nodiscard]] MappingUseRecord sum_of_uses(const std::vector<MappingUseRecord>& uses);

/// One present user page: its address and the entries of both levels.
struct EntryRecord {
    std::uint32_t address = 0;
    std::uint32_t pde = 0;
    std::uint32_t pte = 0;
};

/// The present user pages under `root`, in address order; a 4 MB page counts once.
[[nodiscard]] std::vector<EntryRecord> record_entries(const PhysicalMemory& memory, PhysAddr root,
                                                      LargePages large_pages, VirtAddr user_end);

/// Owner: the LabCore.
/// Invariant: `memory` holds the process's page tables and the pages they show, at the frames where they were.
class EndedProcess {
public:
    EndedProcess(AddressSpace& space, const Registers& registers, const TrapFrame& trap_frame);

    [[nodiscard]] const std::vector<MappingRecord>& mappings() const { return mappings_; }
    [[nodiscard]] const std::vector<MappingUseRecord>& uses() const { return uses_; }
    [[nodiscard]] const std::vector<ObjectRecord>& objects() const { return objects_; }
    [[nodiscard]] const Registers& registers() const { return registers_; }
    [[nodiscard]] const TrapFrame& trap_frame() const { return trap_frame_; }
    [[nodiscard]] const AddressSpace::Usage& usage() const { return usage_; }
    [[nodiscard]] std::vector<EntryRecord> entries() const {
        return record_entries(*memory_, root_, large_pages_, user_end_);
    }
    [[nodiscard]] Walk walk(VirtAddr va) const { return walk_page_table(*memory_, root_, va, large_pages_); }
    /// False when a page was not in memory.
    [[nodiscard]] bool peek(VirtAddr va, std::span<std::byte> destination) const;

private:
    std::vector<MappingRecord> mappings_;
    std::vector<MappingUseRecord> uses_;
    std::vector<ObjectRecord> objects_;
    Registers registers_;
    TrapFrame trap_frame_;
    AddressSpace::Usage usage_;
    std::unique_ptr<PhysicalMemory> memory_;
    PhysAddr root_;
    LargePages large_pages_;
    VirtAddr user_end_;
};

}  // namespace vmlab
