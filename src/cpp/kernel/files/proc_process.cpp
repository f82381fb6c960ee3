// SPDX-License-Identifier: GPL-2.0-only
// The directory of a process in /proc, and the tables of its descriptors and threads.
#include "kernel/files/pipe.hpp"
#include "kernel/files/proc_tree.hpp"
#include "kernel/kernel.hpp"

namespace vmlab {

namespace {

/// What the process has there now; nothing where it has unmapped it.
std::string memory_of(const Process& process, const VirtRange& range) {
    const AddressSpace* const space = process.find_space();
    std::string text(static_cast<std::size_t>(range.size()), '\0');
    return space != nullptr && space->peek(range.start, std::as_writable_bytes(std::span(text))) ? text : "";
}

std::string arguments_of(Kernel&, Process& process) { return memory_of(process, process.started.arguments); }
std::string environment_of(Kernel&, Process& process) { return memory_of(process, process.started.environment); }

std::string name_of(Kernel&, Process& process) {
    constexpr std::size_t LONGEST_NAME = 15;
    return process.name().substr(0, LONGEST_NAME) + "\n";
}

std::string auxiliary_vector_of(Kernel&, Process& process) {
    const auto bytes = std::as_bytes(std::span(process.started.auxiliary_vector));
    return process.find_space() == nullptr ? std::string()
                                           : std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// One filesystem holds everything but /proc.
std::string mounts_of(Kernel&, Process&) { return "tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0\n"; }

std::string mount_information_of(Kernel&, Process&) {
    return "21 1 0:1 / / rw - tmpfs tmpfs rw\n22 21 0:2 / /proc rw - proc proc rw\n";
}

/// Says so where the file has no name any more.
std::string shown_path(const std::string& path, const Inode* inode) {
    const bool gone = inode != nullptr && inode->links() == 0 && path.starts_with('/');
    return gone && !path.ends_with(" (deleted)") ? path + " (deleted)" : path;
}

LinkJump program_of(Kernel&, Process& process) {
    if (!process.executable) {
        return {};
    }
    Ref<Inode> inode = process.executable->inode();
    std::string path = shown_path(process.executable->path(), inode.get());
    return {.text = std::move(path), .inode = std::move(inode), .file = nullptr};
}

LinkJump directory_of(Kernel&, Process& process) {
    const Ref<Directory>& directory = process.place().directory();
    const std::string path = process.place().working_directory();
    return {.text = path.empty() ? "(deleted)" : path, .inode = directory, .file = nullptr};
}
LinkJump root_of(Kernel&, Process&) { return {.text = "/"}; }

std::vector<std::uint32_t> descriptors_of(Kernel&, Process& process) { return process.files().numbers(); }

LinkJump file_of(Process& process, std::uint32_t descriptor) {
    OpenFile* const file = process.files().find_any(descriptor);
    if (file == nullptr) {
        return {};
    }
    Inode* const inode = file->inode();
    // The standard streams look like pipes, but there is one of each.
    const bool stream =
        inode == nullptr || (inode->type() == FileType::Pipe && dynamic_cast<const Pipe*>(inode) == nullptr);
    return {.text = shown_path(file->path(), inode),
            .inode = Ref<Inode>(inode),
            .file = stream ? Ref<OpenFile>(file) : nullptr};
}

std::vector<std::uint32_t> threads_of(Kernel& kernel, Process& process) {
    std::vector<std::uint32_t> pids;
    for (const Process* thread : kernel.threads_of(process.thread_group)) {
        pids.push_back(thread->pid());
    }
    return pids;
}

const ProcListing* descriptor_listing();
const ProcListing* task_listing();

/// Of a process; a thread has all but the last.
constexpr ProcName NAMES[] = {
    {.name = "auxv", .permissions = 0400, .text = auxiliary_vector_of},
    {.name = "cmdline", .text = arguments_of},
    {.name = "comm", .text = name_of},
    {.name = "cwd", .link = directory_of},
    {.name = "environ", .permissions = 0400, .text = environment_of},
    {.name = "exe", .link = program_of},
    {.name = "fd", .listing = descriptor_listing},
    {.name = "limits", .text = limits_of},
    {.name = "maps", .text = maps_of},
    {.name = "mountinfo", .text = mount_information_of},
    {.name = "mounts", .text = mounts_of},
    {.name = "pagemap", .permissions = 0400, .open = open_page_map},
    {.name = "root", .link = root_of},
    {.name = "smaps", .text = smaps_of},
    {.name = "smaps_rollup", .text = rollup_of},
    {.name = "stat", .text = stat_of},
    {.name = "statm", .text = memory_counts_of},
    {.name = "status", .text = status_of},
    {.name = "task", .listing = task_listing},
};

constexpr ProcNumbers DESCRIPTORS{
    .list = descriptors_of, .type = FileType::SymbolicLink, .link = file_of, .listing = nullptr};
constexpr ProcListing DESCRIPTOR_LISTING{.names = {}, .numbers = &DESCRIPTORS, .permissions = 0500};
constexpr ProcListing THREAD_LISTING{.names = std::span(NAMES).first(std::size(NAMES) - 1)};
constexpr ProcListing PROCESS_LISTING{.names = NAMES};

const ProcListing* thread_listing() { return &THREAD_LISTING; }
constexpr ProcNumbers TASKS{
    .list = threads_of, .type = FileType::Directory, .link = nullptr, .listing = thread_listing};
constexpr ProcListing TASK_LISTING{.names = {}, .numbers = &TASKS};

const ProcListing* descriptor_listing() { return &DESCRIPTOR_LISTING; }
const ProcListing* task_listing() { return &TASK_LISTING; }

}  // namespace

const ProcListing* process_listing() { return &PROCESS_LISTING; }

}  // namespace vmlab
