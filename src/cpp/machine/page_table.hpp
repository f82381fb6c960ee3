// SPDX-License-Identifier: GPL-2.0-only
// The two-level walk of i386 page tables, read as bytes in guest RAM, step by step and without effects.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "machine/physical_memory.hpp"
#include "machine/pte.hpp"

namespace vmlab {

/// Whether CR4.PSE lets a directory entry map a 4 MB page.
enum class LargePages : std::uint8_t { Disabled, Enabled };

/// One entry that the walk read, and where it lies.
struct WalkStep {
    PhysAddr address;
    Pte entry;
    bool operator==(const WalkStep&) const = default;
};

/// How a walk ended.
enum class WalkEnd : std::uint8_t {
    Mapped,
    DirectoryNotPresent,
    TableNotPresent,
    EntryOutsideRam,  ///< the directory or the table lies where no RAM is: there is no entry to read
    PageOutsideRam,   ///< both entries are present and their rights known, but the page is not in RAM
};

/// What the walk of one address found. Rights are combined over both levels (SDM vol. 3, 4.6).
struct Walk {
    VirtAddr address;
    PhysAddr root;  ///< CR3
    WalkEnd end = WalkEnd::DirectoryNotPresent;
    WalkStep directory;
    std::optional<WalkStep> table;  ///< absent when the walk ended at the directory or found a 4 MB page
    bool writable = false;
    bool user = false;
    PhysAddr physical;  ///< of `address` itself; only when both entries are present

    [[nodiscard]] bool mapped() const { return end == WalkEnd::Mapped; }
    /// Whether every entry on the way is present, so that rights decide and a page is named.
    [[nodiscard]] bool present() const { return mapped() || end == WalkEnd::PageOutsideRam; }
    [[nodiscard]] bool large() const { return present() && !table; }
    /// The table's entry; 0 when there is none.
    [[nodiscard]] std::uint32_t table_bits() const { return table ? table->entry.bits : 0U; }
    [[nodiscard]] const WalkStep& leaf() const { return table ? *table : directory; }
};

/// Walks the tables under `root` (CR3) without setting any bit.
[[nodiscard]] Walk walk_page_table(const PhysicalMemory& memory, PhysAddr root, VirtAddr va, LargePages large_pages);

}  // namespace vmlab
