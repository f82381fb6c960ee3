// SPDX-License-Identifier: GPL-2.0-only
#include "machine/page_table.hpp"

namespace vmlab {

namespace {

bool inside(const PhysicalMemory& memory, PhysAddr address) { return memory.contains(frame_of(address)); }

}  // namespace

Walk walk_page_table(const PhysicalMemory& memory, PhysAddr root, VirtAddr va, LargePages large_pages) {
    Walk walk;
    walk.address = va;
    walk.root = root;
    walk.directory.address = PhysAddr((root.value & PteBits::FRAME) + 4 * directory_index(va));
    if (!inside(memory, walk.directory.address)) {
        walk.end = WalkEnd::EntryOutsideRam;
        return walk;
    }
    const Pte pde(memory.read32(walk.directory.address));
    walk.directory.entry = pde;
    if (!pde.present()) {
        walk.end = WalkEnd::DirectoryNotPresent;
        return walk;
    }
    walk.writable = pde.writable();
    walk.user = pde.user();
    if (pde.large() && large_pages == LargePages::Enabled) {
        walk.physical = PhysAddr((pde.bits & PteBits::LARGE_FRAME) | (va.value & (LARGE_PAGE_SIZE - 1)));
        walk.end = inside(memory, walk.physical) ? WalkEnd::Mapped : WalkEnd::PageOutsideRam;
        return walk;
    }
    WalkStep table{PhysAddr((pde.bits & PteBits::FRAME) + 4 * table_index(va)), Pte()};
    if (!inside(memory, table.address)) {
        walk.end = WalkEnd::EntryOutsideRam;
        walk.table = table;
        return walk;
    }
    table.entry = Pte(memory.read32(table.address));
    walk.table = table;
    if (!table.entry.present()) {
        walk.end = WalkEnd::TableNotPresent;
        return walk;
    }
    walk.writable = walk.writable && table.entry.writable();
    walk.user = walk.user && table.entry.user();
    walk.physical = PhysAddr((table.entry.bits & PteBits::FRAME) | va.offset());
    walk.end = inside(memory, walk.physical) ? WalkEnd::Mapped : WalkEnd::PageOutsideRam;
    return walk;
}

}  // namespace vmlab
