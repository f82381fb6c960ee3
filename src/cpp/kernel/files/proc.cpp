// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/proc.hpp"

#include <cinttypes>
#include <cstdio>

#include "kernel/files/open_inode.hpp"
#include "kernel/process.hpp"
#include "vm/mapping_use.hpp"

namespace vmlab {

namespace {

/// The part of a path below /proc/self or /proc/<pid>; "" for any other.
std::string_view name_in_own_directory(const Process& process, std::string_view path) {
    for (const std::string& directory : {std::string("/proc/self/"), "/proc/" + std::to_string(process.pid()) + "/"}) {
        if (path.starts_with(directory)) {
            return path.substr(directory.size());
        }
    }
    return "";
}

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
    char text[96];
    const int length = std::snprintf(
        text, sizeof text, "%08" PRIx32 "-%08" PRIx64 " %c%c%c%c %08" PRIx32 " 00:%02d 0", mapping.range.start.value,
        mapping.range.end, right(Protection::READ, 'r'), right(Protection::WRITE, 'w'), right(Protection::EXEC, 'x'),
        mapping.sharing == Sharing::Shared ? 's' : 'p', file ? mapping.offset.value << PAGE_SHIFT : 0U, file ? 1 : 0);
    return with_name(std::string(text, static_cast<std::size_t>(length)), mapping.name);
}

/// "Rss:                   8 kB", as smaps has it.
std::string kilobytes(const char* name, std::uint64_t bytes) {
    char text[48];
    const int length = std::snprintf(text, sizeof text, "%-16s%8" PRIu64 " kB\n", name, bytes / 1024);
    return {text, static_cast<std::size_t>(length)};
}

/// What smaps tells of a mapping, and smaps_rollup of all.
std::string counts_of(const MappingUse& use) {
    return kilobytes("Rss:", use.rss) + kilobytes("Pss:", use.pss.bytes()) +
           kilobytes("Pss_Dirty:", use.pss_dirty.bytes()) + kilobytes("Shared_Clean:", use.shared_clean) +
           kilobytes("Shared_Dirty:", use.shared_dirty) + kilobytes("Private_Clean:", use.private_clean) +
           kilobytes("Private_Dirty:", use.private_dirty) + kilobytes("Referenced:", use.referenced) +
           kilobytes("Anonymous:", use.anonymous) + kilobytes("Swap:", use.swap) +
           kilobytes("SwapPss:", use.swap_pss.bytes()) + kilobytes("Locked:", use.locked.bytes());
}

std::string lines_of(const AddressSpace& space, const Mapping& mapping) {
    const MappingUse use = measure(space, mapping);
    return kilobytes("Size:", use.size) + kilobytes("KernelPageSize:", PAGE_SIZE) +
           kilobytes("MMUPageSize:", PAGE_SIZE) + counts_of(use) + "VmFlags: " + flag_names(mapping) + " \n";
}

std::string rollup_of(const AddressSpace& space) {
    if (space.mappings().empty()) {
        return "";
    }
    MappingUse all;
    for (const auto& [start, mapping] : space.mappings()) {
        all += measure(space, mapping);
    }
    char range[32];
    std::snprintf(range, sizeof range, "%08" PRIx32 "-%08" PRIx64, space.mappings().begin()->first.value,
                  space.mappings().rbegin()->second.range.end);
    return with_name(std::string(range) + " ---p 00000000 00:00 0", "[rollup]") + counts_of(all);
}

/// The lines of Linux's /proc/meminfo that there is something to say about.
std::string memory_information(VirtualMemory& vm) {
    const FramePool& frames = vm.machine().frames();
    const SwapDevice& swap = vm.swap();
    const std::pair<const char*, std::uint64_t> pages[] = {
        {"MemTotal:", frames.total()},
        {"MemFree:", frames.available()},
        {"Inactive:", vm.standby().size() + vm.modified().size()},
        {"Mlocked:", vm.wired_pages()},
        {"SwapTotal:", swap.total()},
        {"SwapFree:", swap.total() - swap.used()},
        {"CommitLimit:", vm.commit().limit()},
        {"Committed_AS:", vm.commit().committed()},
    };
    std::string text;
    for (const auto& [name, count] : pages) {
        text += kilobytes(name, count * PAGE_SIZE);
    }
    return text;
}

}  // namespace

std::optional<std::string> find_proc_link(const Process& process, std::string_view path) {
    if (name_in_own_directory(process, path) == "exe") {
        return process.executable;
    }
    return std::nullopt;
}

Ref<OpenFile> open_proc_file(Process& process, std::string_view path) {
    if (path == "/proc/meminfo") {
        return make_ref<OpenText>(memory_information(process.space().vm()), std::string(path));
    }
    const std::string_view name = name_in_own_directory(process, path);
    const AddressSpace& space = process.space();
    if (name != "maps" && name != "smaps" && name != "smaps_rollup") {
        return nullptr;
    }
    std::string text = name == "smaps_rollup" ? rollup_of(space) : "";
    for (const auto& [start, mapping] : space.mappings()) {
        if (name != "smaps_rollup") {
            text += line_of(mapping);
        }
        if (name == "smaps") {
            text += lines_of(space, mapping);
        }
    }
    return make_ref<OpenText>(std::move(text), std::string(path));
}

}  // namespace vmlab
