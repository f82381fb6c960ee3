// SPDX-License-Identifier: GPL-2.0-only
// What the machine and its filesystem tell of themselves, and that what was written is to reach the disk.
#include <algorithm>
#include <array>

#include "abi/linux/named_file.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t MEMORY_FILESYSTEM = 0x01021994;  ///< TMPFS_MAGIC

struct FilesystemStatus {
    std::uint32_t type, block_bytes;
    std::uint32_t blocks, free_blocks, available_blocks, files, free_files;
    std::uint32_t id[2], name_limit, fragment_bytes, flags, spare[4];
};
static_assert(sizeof(FilesystemStatus) == 64);

struct FilesystemStatus64 {
    std::uint32_t type, block_bytes;
    std::uint32_t blocks[2], free_blocks[2], available_blocks[2], files[2], free_files[2];
    std::uint32_t id[2], name_limit, fragment_bytes, flags, spare[4];
};
static_assert(sizeof(FilesystemStatus64) == 84);

enum class StatusLayout : std::uint8_t { Old, Wide };

/// A page of the files is a page of memory.
SyscallResult tell_filesystem(Syscall& call, VirtAddr to, StatusLayout layout) {
    const FramePool& frames = call.kernel.machine().frames();
    const std::uint32_t total = frames.total(), free = frames.available();
    constexpr auto LIMIT = static_cast<std::uint32_t>(RamFilesystem::NAME_LIMIT);
    if (layout == StatusLayout::Old) {
        return call.memory.write(to, FilesystemStatus{.type = MEMORY_FILESYSTEM,
                                                      .block_bytes = PAGE_SIZE,
                                                      .blocks = total,
                                                      .free_blocks = free,
                                                      .available_blocks = free,
                                                      .files = total,
                                                      .free_files = free,
                                                      .name_limit = LIMIT,
                                                      .fragment_bytes = PAGE_SIZE});
    }
    return call.memory.write(to, FilesystemStatus64{.type = MEMORY_FILESYSTEM,
                                                    .block_bytes = PAGE_SIZE,
                                                    .blocks = {total},
                                                    .free_blocks = {free},
                                                    .available_blocks = {free},
                                                    .files = {total},
                                                    .free_files = {free},
                                                    .name_limit = LIMIT,
                                                    .fragment_bytes = PAGE_SIZE});
}

SyscallResult filesystem_of_path(Syscall& call, VirtAddr to, StatusLayout layout) {
    const auto file = find_file(call, AT_FDCWD, call.pointer(0), FollowLinks::Yes);
    return file ? tell_filesystem(call, to, layout) : SyscallResult(file.error());
}

SyscallResult filesystem_of_descriptor(Syscall& call, VirtAddr to, StatusLayout layout) {
    const bool open = call.process.files().find_any(call.argument(0)) != nullptr;
    return open ? tell_filesystem(call, to, layout) : SyscallResult(Errno::BADF);
}

bool has_wide_size(const Syscall& call) { return call.argument(1) == sizeof(FilesystemStatus64); }

}  // namespace

SyscallResult sys_statfs(Syscall& call) { return filesystem_of_path(call, call.pointer(1), StatusLayout::Old); }
SyscallResult sys_fstatfs(Syscall& call) { return filesystem_of_descriptor(call, call.pointer(1), StatusLayout::Old); }

SyscallResult sys_statfs64(Syscall& call) {
    return has_wide_size(call) ? filesystem_of_path(call, call.pointer(2), StatusLayout::Wide)
                               : SyscallResult(Errno::INVAL);
}

SyscallResult sys_fstatfs64(Syscall& call) {
    return has_wide_size(call) ? filesystem_of_descriptor(call, call.pointer(2), StatusLayout::Wide)
                               : SyscallResult(Errno::INVAL);
}

SyscallResult sys_sysinfo(Syscall& call) {
    struct Information {
        std::uint32_t uptime, loads[3];
        std::uint32_t total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
        std::uint16_t processes, padding;
        std::uint32_t total_high, free_high, unit;
        std::uint8_t filler[8];
    };
    static_assert(sizeof(Information) == 64);
    const FramePool& frames = call.kernel.machine().frames();
    const SwapDevice& swap = call.kernel.vm().swap();
    const auto alive = std::ranges::count_if(call.kernel.processes(), [](const auto& other) { return other->alive(); });
    return call.memory.write(call.pointer(0),
                             Information{.uptime = static_cast<std::uint32_t>(call.kernel.now() / SECOND),
                                         .total_ram = frames.total() * PAGE_SIZE,
                                         .free_ram = frames.available() * PAGE_SIZE,
                                         .total_swap = swap.total() * PAGE_SIZE,
                                         .free_swap = (swap.total() - swap.used()) * PAGE_SIZE,
                                         .processes = static_cast<std::uint16_t>(alive),
                                         .unit = 1});
}

// There is one processor, on one node.
SyscallResult sys_getcpu(Syscall& call) {
    for (const std::size_t index : {0, 1}) {
        if (call.argument(index) != 0 && call.memory.write(call.pointer(index), 0U) == CopyResult::Fault) {
            return Errno::FAULT;
        }
    }
    return 0U;
}

namespace {

/// What a file's pages have that its disk has not goes there now.
SyscallResult write_file_back(const OpenFile& file) {
    const FileType type = file.status().type;
    if (type != FileType::Regular && type != FileType::Directory) {
        return Errno::INVAL;
    }
    const Ref<VmObject> object = file.object();
    if (!object) {
        return 0U;
    }
    const auto pages = static_cast<std::uint32_t>((object->bytes() + PAGE_SIZE - 1) / PAGE_SIZE);
    return object->write_back(PageIndex(0), pages, IoMode::Wait) ? SyscallResult(0U) : SyscallResult(Errno::IO);
}

}  // namespace

SyscallResult sys_fsync(Syscall& call) {
    const OpenFile* const file = call.process.files().find(call.argument(0));
    return file != nullptr ? write_file_back(*file) : SyscallResult(Errno::BADF);
}

// Dirty pages of files reach the disk by the pager's own time; that they all do now can be asked for one file by one.
SyscallResult sys_sync(Syscall&) { return 0U; }
SyscallResult sys_syncfs(Syscall& call) {
    return call.process.files().find(call.argument(0)) != nullptr ? SyscallResult(0U) : SyscallResult(Errno::BADF);
}

}  // namespace vmlab::linux_abi
