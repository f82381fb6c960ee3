// SPDX-License-Identifier: GPL-2.0-only
// The tree of /proc: tables of names, each with what makes its content when it is opened.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/files/inode.hpp"
#include "kernel/files/open_inode.hpp"

namespace vmlab {

class Kernel;
class Process;

/// One name in a directory of /proc. What it is made of: text, or for a link its target, or an open file of its own, or names.
struct ProcName {
    std::string_view name;
    std::uint32_t permissions = 0444;
    std::string (*text)(Kernel& kernel, Process& process) = nullptr;
    /// What writing to it does. Fails: Invalid.
    Result<Done, FileError> (*set)(Kernel& kernel, std::string_view text) = nullptr;
    LinkJump (*link)(Kernel& kernel, Process& process) = nullptr;
    Ref<OpenFile> (*open)(Kernel& kernel, Process& process, Ref<Inode> inode, std::string path) = nullptr;
    const struct ProcListing* (*listing)() = nullptr;
};

/// Names in a directory that are numbers.
struct ProcNumbers {
    std::vector<std::uint32_t> (*list)(Kernel& kernel, Process& process);  ///< in order
    FileType type;
    LinkJump (*link)(Process& process, std::uint32_t number) = nullptr;
    const struct ProcListing* (*listing)() = nullptr;  ///< of the directory of the process with that number
};

/// What a directory of /proc lists.
struct ProcListing {
    std::span<const ProcName> names;
    const ProcNumbers* numbers = nullptr;
    std::uint32_t permissions = 0555;
};

/// The tables: of a process's directory, of /proc/sys, of /proc/sysvipc, and of /proc itself.
[[nodiscard]] const ProcListing* process_listing();
[[nodiscard]] const ProcListing* ipc_listing();
[[nodiscard]] const ProcListing* settings_listing();
[[nodiscard]] const ProcListing* proc_listing();

/// The directory /proc. Requires: the kernel outlives it.
[[nodiscard]] Ref<Directory> make_proc_tree(Kernel& kernel);

/// "VmRSS:                 8 kB", as /proc has amounts of memory.
[[nodiscard]] std::string proc_kilobytes(const char* name, std::uint64_t bytes);
/// As printf.
[[nodiscard]] std::string proc_text(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// What processes say of their memory; proc_memory.cpp.
[[nodiscard]] std::string maps_of(Kernel& kernel, Process& process);
[[nodiscard]] std::string smaps_of(Kernel& kernel, Process& process);
[[nodiscard]] std::string rollup_of(Kernel& kernel, Process& process);
[[nodiscard]] Ref<OpenFile> open_page_map(Kernel& kernel, Process& process, Ref<Inode> inode, std::string path);
/// And of themselves; proc_status.cpp.
[[nodiscard]] std::string status_of(Kernel& kernel, Process& process);
[[nodiscard]] std::string stat_of(Kernel& kernel, Process& process);
[[nodiscard]] std::string memory_counts_of(Kernel& kernel, Process& process);
[[nodiscard]] std::string limits_of(Kernel& kernel, Process& process);

}  // namespace vmlab
