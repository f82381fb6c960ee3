// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/proc.hpp"

#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "kernel/files/open_inode.hpp"
#include "kernel/kernel.hpp"
#include "vm/mapping_use.hpp"

namespace vmlab {

namespace {

/// A file of a process's directory in /proc.
struct ProcName {
    const Process* process = nullptr;  ///< whose it is; null for another path, or where there is no such process
    std::string_view name;
};

ProcName parse(const Kernel& kernel, const Process& asking, std::string_view path) {
    constexpr std::string_view PROC = "/proc/";
    const std::size_t slash = path.starts_with(PROC) ? path.find('/', PROC.size()) : std::string_view::npos;
    if (slash == std::string_view::npos) {
        return {};
    }
    const std::string_view who = path.substr(PROC.size(), slash - PROC.size());
    if (who == "self") {
        return {&asking, path.substr(slash + 1)};
    }
    std::uint32_t pid = 0;
    const auto [end, error] = std::from_chars(who.data(), who.data() + who.size(), pid);
    const bool number = error == std::errc() && end == who.data() + who.size() && !who.starts_with('0');
    const Process* process = number ? kernel.find_process(pid) : nullptr;
    return process != nullptr && !process->reaped() ? ProcName{process, path.substr(slash + 1)} : ProcName{};
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

std::string maps_of(const AddressSpace& space) {
    std::string text;
    for (const auto& [start, mapping] : space.mappings()) {
        text += line_of(mapping);
    }
    return text;
}

std::string smaps_of(const AddressSpace& space) {
    std::string text;
    for (const auto& [start, mapping] : space.mappings()) {
        text += line_of(mapping) + lines_of(space, mapping);
    }
    return text;
}

/// What the process has there now; nothing where it has unmapped it.
std::string memory_of(const AddressSpace& space, const VirtRange& range) {
    std::string text(static_cast<std::size_t>(range.size()), '\0');
    return space.peek(range.start, std::as_writable_bytes(std::span(text))) ? text : "";
}

/// Nothing for a name that no file has. Who has ended has no memory to tell of.
std::optional<std::string> text_of(const Process& process, std::string_view name) {
    if (name == "comm") {
        constexpr std::size_t LONGEST_NAME = 15;
        return process.name().substr(0, LONGEST_NAME) + "\n";
    }
    const AddressSpace* space = process.find_space();
    const auto told = [space](const auto& tell) { return space != nullptr ? tell(*space) : std::string(); };
    if (name == "maps") {
        return told(maps_of);
    }
    if (name == "smaps") {
        return told(smaps_of);
    }
    if (name == "smaps_rollup") {
        return told(rollup_of);
    }
    const StartRecord& started = process.started;
    if (name == "cmdline") {
        return told([&](const AddressSpace& in) { return memory_of(in, started.arguments); });
    }
    if (name == "environ") {
        return told([&](const AddressSpace& in) { return memory_of(in, started.environment); });
    }
    if (name == "auxv") {
        const auto bytes = std::as_bytes(std::span(started.auxiliary_vector));
        return told([&](const AddressSpace&) {
            return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        });
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> find_proc_link(const Kernel& kernel, const Process& asking, std::string_view path) {
    const ProcName named = parse(kernel, asking, path);
    if (named.process != nullptr && named.name == "exe" && named.process->executable) {
        return named.process->executable->path();
    }
    return std::nullopt;
}

Ref<OpenFile> open_proc_file(Kernel& kernel, Process& asking, std::string_view path) {
    if (path == "/proc/meminfo") {
        return make_ref<OpenText>(memory_information(kernel.vm()), std::string(path));
    }
    const ProcName named = parse(kernel, asking, path);
    auto text = named.process != nullptr ? text_of(*named.process, named.name) : std::nullopt;
    return text ? make_ref<OpenText>(std::move(*text), std::string(path)) : nullptr;
}

}  // namespace vmlab
