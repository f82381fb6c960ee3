// SPDX-License-Identifier: GPL-2.0-only
// Calls that ask about a file by its path; and the working directory.
#include <algorithm>

#include "abi/linux/file_status.hpp"
#include "abi/linux/named_file.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

Result<FileStatus, Errno> find_status(Syscall& call, const NamedFile& name, FollowLinks follow) {
    const auto status = call.kernel.filesystem().status(name.directory, name.path, follow);
    return status ? Result<FileStatus, Errno>(status.value()) : Failure(errno_of(status.error()));
}

/// The status that fstatat() and statx() tell, with their flags.
Result<FileStatus, Errno> find_status_at(Syscall& call, std::uint32_t flags) {
    const std::uint32_t descriptor = call.argument(0);
    auto name = read_name(call, descriptor, call.pointer(1));
    if (!name) {
        return Failure(name.error());
    }
    if (name.value().path.empty() && (flags & AT_EMPTY_PATH) != 0) {
        if (const OpenFile* const file = call.process.files().find_any(descriptor)) {
            return file->status();
        }
        name.value().path = ".";
    }
    const auto follow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? FollowLinks::NotTheLast : FollowLinks::Yes;
    return find_status(call, name.value(), follow);
}

SyscallResult tell_status(Syscall& call, FollowLinks follow, StatLayout layout) {
    const auto name = read_name(call, AT_FDCWD, call.pointer(0));
    if (!name) {
        return name.error();
    }
    const auto status = find_status(call, name.value(), follow);
    return status ? write_status(call.memory, call.pointer(1), status.value(), layout) : SyscallResult(status.error());
}

// To the superuser everything is open, but only what has an x bit, or is a directory, can be executed or searched.
SyscallResult check_access(Syscall& call, std::uint32_t descriptor, VirtAddr path, std::uint32_t wanted,
                           FollowLinks follow) {
    constexpr std::uint32_t EXECUTE = 1, ALL = 7, ANY_EXECUTE_BIT = 0111;
    if ((wanted & ~ALL) != 0) {
        return Errno::INVAL;
    }
    const auto name = read_name(call, descriptor, path);
    if (!name) {
        return name.error();
    }
    const auto status = find_status(call, name.value(), follow);
    if (!status) {
        return status.error();
    }
    const bool executable =
        status.value().type == FileType::Directory || (status.value().permissions & ANY_EXECUTE_BIT) != 0;
    return (wanted & EXECUTE) != 0 && !executable ? SyscallResult(Errno::ACCES) : SyscallResult(0U);
}

/// Of a link that is itself what was opened. Fails with NotFound where it is none.
Result<std::string, FileError> target_of(const OpenFile* file) {
    const Inode* const inode = file != nullptr ? file->inode() : nullptr;
    return inode != nullptr && inode->type() == FileType::SymbolicLink
               ? Result<std::string, FileError>(static_cast<const SymbolicLink*>(inode)->target())
               : Failure(FileError::NotFound);
}

SyscallResult tell_link(Syscall& call, std::uint32_t descriptor, VirtAddr path, VirtAddr to, std::uint32_t room) {
    if (static_cast<std::int32_t>(room) <= 0) {
        return Errno::INVAL;
    }
    const auto name = read_name(call, descriptor, path);
    if (!name) {
        return name.error();
    }
    const auto link = name.value().path.empty()
                          ? target_of(call.process.files().find_any(descriptor))
                          : call.kernel.filesystem().read_link(name.value().directory, name.value().path);
    if (!link) {
        return link.error();
    }
    const std::string& target = link.value();
    const auto bytes = std::as_bytes(std::span<const char>(target)).first(std::min<std::size_t>(room, target.size()));
    return call.memory.copy_out(to, bytes) == CopyResult::Ok ? SyscallResult(static_cast<std::uint32_t>(bytes.size()))
                                                             : SyscallResult(Errno::FAULT);
}

}  // namespace

SyscallResult sys_stat(Syscall& call) { return tell_status(call, FollowLinks::Yes, StatLayout::Old); }
SyscallResult sys_lstat(Syscall& call) { return tell_status(call, FollowLinks::NotTheLast, StatLayout::Old); }
SyscallResult sys_stat64(Syscall& call) { return tell_status(call, FollowLinks::Yes, StatLayout::Stat64); }
SyscallResult sys_lstat64(Syscall& call) { return tell_status(call, FollowLinks::NotTheLast, StatLayout::Stat64); }

SyscallResult sys_fstatat64(Syscall& call) {
    if ((call.argument(3) & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT)) != 0) {
        return Errno::INVAL;
    }
    const auto status = find_status_at(call, call.argument(3));
    return status ? write_status(call.memory, call.pointer(2), status.value(), StatLayout::Stat64)
                  : SyscallResult(status.error());
}

SyscallResult sys_statx(Syscall& call) {
    const std::uint32_t flags = call.argument(2);
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE)) != 0 ||
        (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE) {
        return Errno::INVAL;
    }
    const auto status = find_status_at(call, flags);
    return status ? write_status(call.memory, call.pointer(4), status.value(), StatLayout::Statx)
                  : SyscallResult(status.error());
}

SyscallResult sys_access(Syscall& call) {
    return check_access(call, AT_FDCWD, call.pointer(0), call.argument(1), FollowLinks::Yes);
}

SyscallResult sys_faccessat(Syscall& call) {
    return check_access(call, call.argument(0), call.pointer(1), call.argument(2), FollowLinks::Yes);
}

SyscallResult sys_faccessat2(Syscall& call) {
    const std::uint32_t flags = call.argument(3);
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EACCESS)) != 0) {
        return Errno::INVAL;
    }
    const auto follow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? FollowLinks::NotTheLast : FollowLinks::Yes;
    return check_access(call, call.argument(0), call.pointer(1), call.argument(2), follow);
}

SyscallResult sys_readlink(Syscall& call) {
    return tell_link(call, AT_FDCWD, call.pointer(0), call.pointer(1), call.argument(2));
}

SyscallResult sys_readlinkat(Syscall& call) {
    return tell_link(call, call.argument(0), call.pointer(1), call.pointer(2), call.argument(3));
}

namespace {

SyscallResult change_directory(Syscall& call, std::string_view from, std::string_view path) {
    auto directory = call.kernel.filesystem().find_directory(from, path);
    if (!directory) {
        return directory.error();
    }
    call.process.place().go_to(std::move(directory).take());
    return 0U;
}

}  // namespace

SyscallResult sys_chdir(Syscall& call) {
    const auto path = read_path(call, call.pointer(0));
    return path ? change_directory(call, call.process.place().working_directory(), path.value())
                : SyscallResult(path.error());
}

SyscallResult sys_fchdir(Syscall& call) {
    const OpenFile* const file = call.process.files().find_any(call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    return file->status().type == FileType::Directory ? change_directory(call, "/", file->path())
                                                      : SyscallResult(Errno::NOTDIR);
}

SyscallResult sys_getcwd(Syscall& call) {
    const std::string path = call.process.place().working_directory();
    if (path.empty()) {
        return Errno::NOENT;
    }
    const auto bytes = std::as_bytes(std::span(path.c_str(), path.size() + 1));
    if (bytes.size() > call.argument(1)) {
        return Errno::RANGE;
    }
    return call.memory.copy_out(call.pointer(0), bytes) == CopyResult::Ok
               ? SyscallResult(static_cast<std::uint32_t>(bytes.size()))
               : SyscallResult(Errno::FAULT);
}

}  // namespace vmlab::linux_abi
