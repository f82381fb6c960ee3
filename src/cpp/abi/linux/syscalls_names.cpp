// SPDX-License-Identifier: GPL-2.0-only
// Calls that name a file by its path: opening, asking, making and removing.
#include <algorithm>

#include "abi/linux/file_status.hpp"
#include "abi/linux/syscall.hpp"
#include "kernel/files/proc.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t AT_FDCWD = 0xFFFFFF9C;
constexpr std::uint32_t AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200, AT_EACCESS = 0x200, AT_EMPTY_PATH = 0x1000;
constexpr std::uint32_t AT_NO_AUTOMOUNT = 0x800, AT_STATX_SYNC_TYPE = 0x6000;
constexpr std::uint32_t DEFAULT_UMASK = 022;

/// A path and the directory from which it leads, if it is relative.
struct NamedFile {
    std::string directory;
    std::string path;
};

/// Fails: FAULT, NAMETOOLONG, BADF, NOTDIR.
Result<NamedFile, Errno> read_name(Syscall& call, std::uint32_t descriptor, VirtAddr address) {
    auto path = read_path(call, address);
    if (!path) {
        return Failure(path.error());
    }
    const bool absolute = path.value().starts_with('/');
    if (absolute || descriptor == AT_FDCWD) {
        return NamedFile{call.process.working_directory, std::move(path).take()};
    }
    const OpenFile* const directory = call.process.files().find(descriptor);
    if (directory == nullptr) {
        return Failure(Errno::BADF);
    }
    if (!path.value().empty() && directory->status().type != FileType::Directory) {
        return Failure(Errno::NOTDIR);
    }
    return NamedFile{directory->path(), std::move(path).take()};
}

OpenRequest open_request(std::uint32_t flags, std::uint32_t permissions) {
    constexpr std::uint32_t ACCESS = 3, CREAT = 0100, EXCL = 0200, TRUNC = 01000, APPEND = 02000;
    constexpr std::uint32_t DIRECTORY = 0200000, NOFOLLOW = 0400000;
    OpenRequest request{.mode = static_cast<OpenMode>(std::min(flags & ACCESS, 2U)),
                        .permissions = permissions & 07777 & ~DEFAULT_UMASK};
    if ((flags & CREAT) != 0) {
        request.create = (flags & EXCL) != 0 ? CreateFile::MustBeNew : CreateFile::IfAbsent;
    }
    request.truncate = (flags & TRUNC) != 0 ? TruncateFile::Yes : TruncateFile::No;
    request.append = (flags & APPEND) != 0 ? AppendMode::Yes : AppendMode::No;
    request.kind = (flags & DIRECTORY) != 0 ? OpenRequest::Kind::DirectoryOnly : OpenRequest::Kind::Any;
    request.follow = (flags & NOFOLLOW) != 0 ? FollowLinks::NotTheLast : FollowLinks::Yes;
    return request;
}

SyscallResult open_file(Syscall& call, std::uint32_t descriptor, VirtAddr path, std::uint32_t flags,
                        std::uint32_t permissions) {
    constexpr std::uint32_t CLOEXEC = 02000000;
    const auto on_exec = (flags & CLOEXEC) != 0 ? CloseOnExec::Yes : CloseOnExec::No;
    const auto name = read_name(call, descriptor, path);
    if (!name) {
        return name.error();
    }
    if (Ref<OpenFile> made = open_proc_file(call.process, name.value().path)) {
        return call.process.files().install(std::move(made), 0, on_exec);
    }
    const std::string real_path = find_proc_link(call.process, name.value().path).value_or(name.value().path);
    auto file = call.kernel.filesystem().open(name.value().directory, real_path, open_request(flags, permissions));
    return file ? SyscallResult(call.process.files().install(std::move(file).take(), 0, on_exec))
                : SyscallResult(file.error());
}

Result<FileStatus, Errno> find_status(Syscall& call, const NamedFile& name, FollowLinks follow) {
    const auto link = find_proc_link(call.process, name.path);
    if (link && follow == FollowLinks::NotTheLast) {
        return FileStatus{.type = FileType::SymbolicLink, .permissions = 0777};
    }
    if (!link) {
        if (const Ref<OpenFile> made = open_proc_file(call.process, name.path)) {
            return made->status();
        }
    }
    const auto status = call.kernel.filesystem().status(name.directory, link.value_or(name.path), follow);
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
        if (const OpenFile* const file = call.process.files().find(descriptor)) {
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

SyscallResult tell_link(Syscall& call, std::uint32_t descriptor, VirtAddr path, VirtAddr to, std::uint32_t room) {
    if (static_cast<std::int32_t>(room) <= 0) {
        return Errno::INVAL;
    }
    const auto name = read_name(call, descriptor, path);
    if (!name) {
        return name.error();
    }
    auto target = find_proc_link(call.process, name.value().path);
    if (!target) {
        auto link = call.kernel.filesystem().read_link(name.value().directory, name.value().path);
        if (!link) {
            return link.error();
        }
        target = std::move(link).take();
    }
    const auto bytes = std::as_bytes(std::span<const char>(*target)).first(std::min<std::size_t>(room, target->size()));
    return call.memory.copy_out(to, bytes) == CopyResult::Ok ? SyscallResult(static_cast<std::uint32_t>(bytes.size()))
                                                             : SyscallResult(Errno::FAULT);
}

SyscallResult make_directory(Syscall& call, std::uint32_t descriptor, VirtAddr path, std::uint32_t permissions) {
    const auto name = read_name(call, descriptor, path);
    return name ? SyscallResult(call.kernel.filesystem().make_directory(name.value().directory, name.value().path,
                                                                        permissions & 01777 & ~DEFAULT_UMASK))
                : SyscallResult(name.error());
}

SyscallResult make_link(Syscall& call, VirtAddr target, std::uint32_t descriptor, VirtAddr path) {
    const auto text = read_path(call, target);
    if (!text) {
        return text.error();
    }
    const auto name = read_name(call, descriptor, path);
    return name ? SyscallResult(call.kernel.filesystem().make_symbolic_link(text.value(), name.value().directory,
                                                                            name.value().path))
                : SyscallResult(name.error());
}

enum class Remove : std::uint8_t { File, Directory };

SyscallResult remove_name(Syscall& call, std::uint32_t descriptor, VirtAddr path, Remove what) {
    const auto name = read_name(call, descriptor, path);
    if (!name) {
        return name.error();
    }
    auto& files = call.kernel.filesystem();
    return what == Remove::File ? files.unlink(name.value().directory, name.value().path)
                                : files.remove_directory(name.value().directory, name.value().path);
}

SyscallResult move_name(Syscall& call, const Result<NamedFile, Errno>& from, const Result<NamedFile, Errno>& to) {
    if (!from || !to) {
        return from ? to.error() : from.error();
    }
    return call.kernel.filesystem().rename(from.value().directory, from.value().path, to.value().directory,
                                           to.value().path);
}

}  // namespace

SyscallResult sys_open(Syscall& call) {
    return open_file(call, AT_FDCWD, call.pointer(0), call.argument(1), call.argument(2));
}

SyscallResult sys_openat(Syscall& call) {
    return open_file(call, call.argument(0), call.pointer(1), call.argument(2), call.argument(3));
}

SyscallResult sys_creat(Syscall& call) {
    constexpr std::uint32_t WRONLY_CREAT_TRUNC = 01101;
    return open_file(call, AT_FDCWD, call.pointer(0), WRONLY_CREAT_TRUNC, call.argument(1));
}

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

SyscallResult sys_mkdir(Syscall& call) { return make_directory(call, AT_FDCWD, call.pointer(0), call.argument(1)); }

SyscallResult sys_mkdirat(Syscall& call) {
    return make_directory(call, call.argument(0), call.pointer(1), call.argument(2));
}

SyscallResult sys_symlink(Syscall& call) { return make_link(call, call.pointer(0), AT_FDCWD, call.pointer(1)); }

SyscallResult sys_symlinkat(Syscall& call) {
    return make_link(call, call.pointer(0), call.argument(1), call.pointer(2));
}

SyscallResult sys_unlink(Syscall& call) { return remove_name(call, AT_FDCWD, call.pointer(0), Remove::File); }
SyscallResult sys_rmdir(Syscall& call) { return remove_name(call, AT_FDCWD, call.pointer(0), Remove::Directory); }

SyscallResult sys_unlinkat(Syscall& call) {
    if ((call.argument(2) & ~AT_REMOVEDIR) != 0) {
        return Errno::INVAL;
    }
    const auto what = (call.argument(2) & AT_REMOVEDIR) != 0 ? Remove::Directory : Remove::File;
    return remove_name(call, call.argument(0), call.pointer(1), what);
}

SyscallResult sys_rename(Syscall& call) {
    return move_name(call, read_name(call, AT_FDCWD, call.pointer(0)), read_name(call, AT_FDCWD, call.pointer(1)));
}

SyscallResult sys_renameat(Syscall& call) {
    return move_name(call, read_name(call, call.argument(0), call.pointer(1)),
                     read_name(call, call.argument(2), call.pointer(3)));
}

namespace {

SyscallResult change_directory(Syscall& call, std::string_view from, std::string_view path) {
    auto directory = call.kernel.filesystem().directory_path(from, path);
    if (!directory) {
        return directory.error();
    }
    call.process.working_directory = std::move(directory).take();
    return 0U;
}

}  // namespace

SyscallResult sys_chdir(Syscall& call) {
    const auto path = read_path(call, call.pointer(0));
    return path ? change_directory(call, call.process.working_directory, path.value()) : SyscallResult(path.error());
}

SyscallResult sys_fchdir(Syscall& call) {
    const OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    return file->status().type == FileType::Directory ? change_directory(call, "/", file->path())
                                                      : SyscallResult(Errno::NOTDIR);
}

SyscallResult sys_getcwd(Syscall& call) {
    const std::string& path = call.process.working_directory;
    const auto bytes = std::as_bytes(std::span(path.c_str(), path.size() + 1));
    if (bytes.size() > call.argument(1)) {
        return Errno::RANGE;
    }
    return call.memory.copy_out(call.pointer(0), bytes) == CopyResult::Ok
               ? SyscallResult(static_cast<std::uint32_t>(bytes.size()))
               : SyscallResult(Errno::FAULT);
}

}  // namespace vmlab::linux_abi
