// SPDX-License-Identifier: GPL-2.0-only
// What /proc/PID says of a process's mappings: maps, smaps, smaps_rollup and pagemap.
#include <algorithm>
#include <cinttypes>

#include "kernel/files/proc_tree.hpp"
#include "kernel/kernel.hpp"
#include "vm/mapping_use.hpp"

namespace vmlab {

namespace {

/// The line with its name in the column for it, if there is one.
std::string with_name(std::string line, const std::string& name) {
    constexpr std::size_t NAME_COLUMN = 49;
    if (!name.empty()) {
        line.resize(std::max(line.size() + 1, NAME_COLUMN), ' ');
        line += name;
    }
    return line + "\n";
}

/// One line as Linux writes it: range, rights, offset, device, inode, name.
std::string line_of(const Mapping& mapping) {
    const auto right = [&mapping](std::uint32_t bit, char letter) {
        return (mapping.protection.bits & bit) != 0 ? letter : '-';
    };
    const bool file = mapping.kind == MappingKind::File;
    return with_name(
        proc_text("%08" PRIx32 "-%08" PRIx64 " %c%c%c%c %08" PRIx32 " 00:%02d 0", mapping.range.start.value,
                  mapping.range.end, right(Protection::READ, 'r'), right(Protection::WRITE, 'w'),
                  right(Protection::EXEC, 'x'), mapping.sharing == Sharing::Shared ? 's' : 'p',
                  file ? mapping.offset.value << PAGE_SHIFT : 0U, file ? 1 : 0),
        mapping.name);
}

/// What smaps tells of a mapping, and smaps_rollup of all.
std::string counts_of(const MappingUse& use) {
    return proc_kilobytes("Rss:", use.rss) + proc_kilobytes("Pss:", use.pss.bytes()) +
           proc_kilobytes("Pss_Dirty:", use.pss_dirty.bytes()) + proc_kilobytes("Shared_Clean:", use.shared_clean) +
           proc_kilobytes("Shared_Dirty:", use.shared_dirty) + proc_kilobytes("Private_Clean:", use.private_clean) +
           proc_kilobytes("Private_Dirty:", use.private_dirty) + proc_kilobytes("Referenced:", use.referenced) +
           proc_kilobytes("Anonymous:", use.anonymous) + proc_kilobytes("Swap:", use.swap) +
           proc_kilobytes("SwapPss:", use.swap_pss.bytes()) + proc_kilobytes("Locked:", use.locked.bytes());
}

std::string lines_of(const AddressSpace& space, const Mapping& mapping) {
    const MappingUse use = measure(space, mapping);
    return proc_kilobytes("Size:", use.size) + proc_kilobytes("KernelPageSize:", PAGE_SIZE) +
           proc_kilobytes("MMUPageSize:", PAGE_SIZE) + counts_of(use) + "VmFlags: " + flag_names(mapping) + " \n";
}

/// Bits of an entry, by Linux's numbers; the rest is the frame's number, or a swap slot's behind the device's.
struct PageMapBits {
    static constexpr std::uint64_t EXCLUSIVE = std::uint64_t{1} << 56, OF_FILE = std::uint64_t{1} << 61;
    static constexpr std::uint64_t SWAPPED = std::uint64_t{1} << 62, PRESENT = std::uint64_t{1} << 63;
    static constexpr unsigned SLOT_SHIFT = 5;
};

/// One entry: where the page at an address is.
std::uint64_t page_map_entry(const AddressSpace& space, VirtAddr va) {
    const Mapping* const mapping = space.find_mapping(va);
    if (mapping == nullptr) {
        return 0;
    }
    const Pte pte = space.pmap().lookup(va);
    if (pte.present()) {
        const Page* const page = space.vm().page_of(pte.frame());
        if (page == nullptr) {
            return PageMapBits::PRESENT | pte.frame().value;  // zeros, which are nobody's
        }
        const bool of_file = page->object().kind() == ObjectKind::File || mapping->sharing == Sharing::Shared;
        std::uint32_t entries = 0;
        page->object().for_each_entry(*page, [&entries](Pmap&, VirtAddr, Pte) { ++entries; });
        return PageMapBits::PRESENT | (of_file ? PageMapBits::OF_FILE : 0) |
               (entries == 1 ? PageMapBits::EXCLUSIVE : 0) | pte.frame().value;
    }
    const auto [object, index] = AddressSpace::find_holder(*mapping, va);
    const SwapSlot slot = object->swap_slot(index);
    if (mapping->sharing == Sharing::Shared || !slot.valid()) {
        return 0;  // whose place only the object knows
    }
    return PageMapBits::SWAPPED | std::uint64_t{slot.value} << PageMapBits::SLOT_SHIFT;
}

/// Eight bytes for each page of the address space, made when they are read.
class OpenPageMap : public PositionedFile {
public:
    OpenPageMap(Kernel& kernel, Process& process, Ref<Inode> inode, std::string path)
        : PositionedFile(OpenMode::Read, AppendMode::No),
          kernel_(kernel),
          pid_(process.pid()),
          inode_(std::move(inode)),
          path_(std::move(path)) {}

    FileCount read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) override {
        if (count % ENTRY_BYTES != 0 || position % ENTRY_BYTES != 0) {
            return Failure(FileError::Invalid);
        }
        const Process* const process = kernel_.find_process(pid_);
        const AddressSpace* const space = process != nullptr ? process->find_space() : nullptr;
        std::uint32_t done = 0;
        while (space != nullptr && done < count) {
            const std::uint64_t page = (position + done) / ENTRY_BYTES;
            if (page >= space->layout().end.value >> PAGE_SHIFT) {
                break;
            }
            const std::uint64_t entry =
                page_map_entry(*space, VirtAddr(static_cast<std::uint32_t>(page << PAGE_SHIFT)));
            const std::uint32_t taken = to.put(std::as_bytes(std::span(&entry, 1)));
            done += taken;
            if (taken < ENTRY_BYTES) {
                return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
            }
        }
        return done;
    }
    [[nodiscard]] Inode* inode() const override { return inode_.get(); }
    [[nodiscard]] FileStatus status() const override { return inode_->status(); }
    [[nodiscard]] std::string path() const override { return path_; }

protected:
    [[nodiscard]] std::uint64_t size() const override { return 0; }

private:
    static constexpr std::uint32_t ENTRY_BYTES = 8;

    Kernel& kernel_;
    std::uint32_t pid_;
    Ref<Inode> inode_;
    std::string path_;
};

}  // namespace

std::string maps_of(Kernel&, Process& process) {
    std::string text;
    if (const AddressSpace* const space = process.find_space()) {
        for (const auto& [start, mapping] : space->mappings()) {
            text += line_of(mapping);
        }
    }
    return text;
}

std::string smaps_of(Kernel&, Process& process) {
    std::string text;
    if (const AddressSpace* const space = process.find_space()) {
        for (const auto& [start, mapping] : space->mappings()) {
            text += line_of(mapping) + lines_of(*space, mapping);
        }
    }
    return text;
}

std::string rollup_of(Kernel&, Process& process) {
    const AddressSpace* const space = process.find_space();
    if (space == nullptr || space->mappings().empty()) {
        return "";
    }
    MappingUse all;
    for (const auto& [start, mapping] : space->mappings()) {
        all += measure(*space, mapping);
    }
    const std::string range = proc_text("%08" PRIx32 "-%08" PRIx64, space->mappings().begin()->first.value,
                                        space->mappings().rbegin()->second.range.end);
    return with_name(range + " ---p 00000000 00:00 0", "[rollup]") + counts_of(all);
}

Ref<OpenFile> open_page_map(Kernel& kernel, Process& process, Ref<Inode> inode, std::string path) {
    return make_ref<OpenPageMap>(kernel, process, std::move(inode), std::move(path));
}

}  // namespace vmlab
