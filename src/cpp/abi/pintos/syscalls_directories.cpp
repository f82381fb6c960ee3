// SPDX-License-Identifier: GPL-2.0-only
// Calls about directories: chdir, mkdir, readdir, isdir and inumber.
#include "abi/pintos/layout.hpp"
#include "abi/pintos/names.hpp"
#include "abi/pintos/syscall.hpp"

namespace vmlab::pintos_abi {

namespace {

/// The next name that is neither "." nor ".."; its entry is the position's then.
std::optional<DirectoryEntry> next_entry(OpenFile& directory) {
    for (;;) {
        const auto entry = directory.entry();
        if (!entry || !entry.value()) {
            return std::nullopt;
        }
        const auto moved = directory.seek(static_cast<std::int64_t>(entry.value()->next_position), SeekFrom::Start);
        require(moved.ok(), "a directory's own positions can be sought");
        const std::string& name = entry.value()->name;
        if (name != "." && name != "..") {
            return entry.value();
        }
    }
}

}  // namespace

bool is_new_name(const std::optional<std::string>& path) {
    return path && !path->empty() && path->size() - (path->rfind('/') + 1) <= NAME_LIMIT;
}

SyscallResult sys_chdir(Syscall& call) {
    const auto path = read_string(call, call.pointer(0));
    if (!path) {
        return Failure(path.error());
    }
    if (!path.value()) {
        return FALSE_VALUE;
    }
    auto directory = call.kernel.filesystem().find_directory(call.process.place().working_directory(), *path.value());
    if (!directory) {
        return FALSE_VALUE;
    }
    call.process.place().go_to(std::move(directory).take());
    return TRUE_VALUE;
}

SyscallResult sys_mkdir(Syscall& call) {
    const auto path = read_string(call, call.pointer(0));
    if (!path) {
        return Failure(path.error());
    }
    const bool made = is_new_name(path.value()) &&
                      call.kernel.filesystem()
                          .make_directory(call.process.place().working_directory(), *path.value(), FILE_PERMISSIONS)
                          .ok();
    return made ? TRUE_VALUE : FALSE_VALUE;
}

SyscallResult sys_readdir(Syscall& call) {
    OpenFile* const file = call.file();
    if (file == nullptr || file->status().type != FileType::Directory) {
        return FALSE_VALUE;
    }
    const auto entry = next_entry(*file);
    if (!entry) {
        return FALSE_VALUE;
    }
    const std::string name = entry->name.substr(0, NAME_LIMIT);
    const auto bytes = std::as_bytes(std::span(name.c_str(), name.size() + 1));
    return call.memory.copy_out(call.pointer(1), bytes) == CopyResult::Ok ? SyscallResult(TRUE_VALUE)
                                                                          : Failure(BadPointer{});
}

SyscallResult sys_isdir(Syscall& call) {
    OpenFile* const file = call.file();
    return file != nullptr && file->status().type == FileType::Directory ? TRUE_VALUE : FALSE_VALUE;
}

SyscallResult sys_inumber(Syscall& call) {
    OpenFile* const file = call.file();
    return file != nullptr ? static_cast<std::uint32_t>(file->status().inode) : FAILED;
}

}  // namespace vmlab::pintos_abi
