// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/proc.hpp"

#include <cinttypes>
#include <cstdio>

#include "kernel/files/open_inode.hpp"
#include "kernel/process.hpp"

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
    std::string line(text, static_cast<std::size_t>(length));
    constexpr std::size_t NAME_COLUMN = 49;
    if (!mapping.name.empty()) {
        line.resize(std::max(line.size() + 1, NAME_COLUMN), ' ');
        line += mapping.name;
    }
    return line + "\n";
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
        char line[48];
        const int length =
            std::snprintf(line, sizeof line, "%-15s %8" PRIu64 " kB\n", name, count * (PAGE_SIZE / 1024));
        text.append(line, static_cast<std::size_t>(length));
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
    if (name_in_own_directory(process, path) != "maps") {
        return nullptr;
    }
    std::string text;
    for (const auto& [start, mapping] : process.space().mappings()) {
        text += line_of(mapping);
    }
    return make_ref<OpenText>(std::move(text), std::string(path));
}

}  // namespace vmlab
