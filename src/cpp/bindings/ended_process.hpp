// SPDX-License-Identifier: GPL-2.0-only
// EndedProcess: what a process looked like when it ended, kept so that it can be asked afterwards.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bindings/object_records.hpp"
#include "machine/frame_copies.hpp"
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
/// Invariants: `frames` are the process's page tables and the pages they show, at the frames where they were. Of the
/// pages that they do not show, `kept` has what was in swap, in memory or in a file, mapping by mapping; `left_out`
/// names those that are over the bound. All others were never touched.
class EndedProcess {
public:
    EndedProcess(AddressSpace& space, const Registers& registers, const TrapFrame& trap_frame, FrameCopyist& copyist);

    [[nodiscard]] const std::vector<MappingRecord>& mappings() const { return mappings_; }
    [[nodiscard]] const std::vector<MappingUseRecord>& uses() const { return uses_; }
    [[nodiscard]] const std::vector<ObjectRecord>& objects() const { return objects_; }
    [[nodiscard]] const Registers& registers() const { return registers_; }
    [[nodiscard]] const TrapFrame& trap_frame() const { return trap_frame_; }
    [[nodiscard]] const AddressSpace::Usage& usage() const { return usage_; }
    [[nodiscard]] std::vector<EntryRecord> entries() const {
        return record_entries(frames_.memory(), root_, large_pages_, user_end_);
    }
    [[nodiscard]] Walk walk(VirtAddr va) const { return walk_page_table(frames_.memory(), root_, va, large_pages_); }
    /// The bytes as the process would have read them. False when a page is not mapped, or not kept.
    [[nodiscard]] bool peek(VirtAddr va, std::span<std::byte> destination) const;

private:
    /// Of what the page tables do not show, so many pages are kept: 4 MiB.
    static constexpr std::size_t KEPT_PAGES = 1024;
    using PageBytes = std::array<std::byte, PAGE_SIZE>;
    void keep_rest(const AddressSpace& space);
    void keep(VirtAddr page, const VmObject& object, PageIndex index);
    [[nodiscard]] std::optional<PageBytes> page_at(VirtAddr page) const;

    std::vector<MappingRecord> mappings_;
    std::vector<MappingUseRecord> uses_;
    std::vector<ObjectRecord> objects_;
    Registers registers_;
    TrapFrame trap_frame_;
    AddressSpace::Usage usage_;
    mutable FrameCopies frames_;  ///< who looks has the rest copied
    PhysAddr root_;
    LargePages large_pages_;
    VirtAddr user_end_;
    std::map<VirtAddr, PageBytes> kept_;
    std::set<VirtAddr> left_out_;
};

}  // namespace vmlab
