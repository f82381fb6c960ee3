// SPDX-License-Identifier: GPL-2.0-only
// Calls that make names, move them and remove them.
#include "abi/linux/named_file.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

SyscallResult make_directory(Syscall& call, std::uint32_t descriptor, VirtAddr path, std::uint32_t permissions) {
    const auto name = read_name(call, descriptor, path);
    return name ? SyscallResult(call.kernel.filesystem().make_directory(
                      name.value().directory, name.value().path, permissions & 01777 & ~call.process.place().file_mask))
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

/// Both names are read before either counts.
SyscallResult move_name(Syscall& call, const Result<NamedFile, Errno>& from, const Result<NamedFile, Errno>& to,
                        RenameMode mode) {
    if (!from || !to) {
        return from ? to.error() : from.error();
    }
    return call.kernel.filesystem().rename(from.value().directory, from.value().path, to.value().directory,
                                           to.value().path, mode);
}

SyscallResult move_name_at(Syscall& call, RenameMode mode) {
    return move_name(call, read_name(call, call.argument(0), call.pointer(1)),
                     read_name(call, call.argument(2), call.pointer(3)), mode);
}

/// A name for the file of a path, or of a descriptor with AT_EMPTY_PATH.
SyscallResult link_name(Syscall& call, std::uint32_t old_descriptor, VirtAddr old_path, std::uint32_t descriptor,
                        VirtAddr path, std::uint32_t flags) {
    const auto old_name = read_name(call, old_descriptor, old_path);
    if (!old_name) {
        return old_name.error();
    }
    Ref<Inode> inode;
    if (old_name.value().path.empty() && (flags & AT_EMPTY_PATH) != 0) {
        const OpenFile* const file = call.process.files().find_any(old_descriptor);
        inode = Ref<Inode>(file != nullptr ? file->inode() : nullptr);
    }
    if (!inode) {
        const auto follow = (flags & AT_SYMLINK_FOLLOW) != 0 ? FollowLinks::Yes : FollowLinks::NotTheLast;
        auto found = find_file(call, old_descriptor, old_path, follow);
        if (!found) {
            return found.error();
        }
        inode = std::move(found).take();
    }
    const auto name = read_name(call, descriptor, path);
    return name ? SyscallResult(
                      call.kernel.filesystem().link(std::move(inode), name.value().directory, name.value().path))
                : SyscallResult(name.error());
}

/// Only FIFOs, sockets and regular files can be made: there are no other devices than those of /dev.
SyscallResult make_node(Syscall& call, std::uint32_t descriptor, VirtAddr path, std::uint32_t mode) {
    constexpr std::uint32_t TYPE = 0170000, REGULAR = 0100000, FIFO = 0010000;
    constexpr std::uint32_t CHARACTER = 0020000, BLOCK = 0060000, SOCKET = 0140000, DIRECTORY = 0040000;
    const std::uint32_t type = mode & TYPE;
    if (type == CHARACTER || type == BLOCK || type == DIRECTORY) {
        return Errno::PERM;
    }
    if (type != 0 && type != REGULAR && type != FIFO && type != SOCKET) {
        return Errno::INVAL;
    }
    const auto name = read_name(call, descriptor, path);
    return name ? SyscallResult(call.kernel.filesystem().make_node(type == FIFO     ? FileType::Pipe
                                                                   : type == SOCKET ? FileType::Socket
                                                                                    : FileType::Regular,
                                                                   name.value().directory, name.value().path,
                                                                   mode & 07777 & ~call.process.place().file_mask))
                : SyscallResult(name.error());
}

}  // namespace

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
    return move_name(call, read_name(call, AT_FDCWD, call.pointer(0)), read_name(call, AT_FDCWD, call.pointer(1)),
                     RenameMode::Replace);
}

SyscallResult sys_renameat(Syscall& call) { return move_name_at(call, RenameMode::Replace); }

SyscallResult sys_renameat2(Syscall& call) {
    constexpr std::uint32_t NOREPLACE = 1, EXCHANGE = 2;
    switch (call.argument(4)) {
        case 0:
            return move_name_at(call, RenameMode::Replace);
        case NOREPLACE:
            return move_name_at(call, RenameMode::KeepTarget);
        case EXCHANGE:
            return move_name_at(call, RenameMode::Exchange);
        default:
            return Errno::INVAL;
    }
}

SyscallResult sys_link(Syscall& call) {
    return link_name(call, AT_FDCWD, call.pointer(0), AT_FDCWD, call.pointer(1), 0);
}

SyscallResult sys_linkat(Syscall& call) {
    if ((call.argument(4) & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) {
        return Errno::INVAL;
    }
    return link_name(call, call.argument(0), call.pointer(1), call.argument(2), call.pointer(3), call.argument(4));
}

SyscallResult sys_mknod(Syscall& call) { return make_node(call, AT_FDCWD, call.pointer(0), call.argument(1)); }

SyscallResult sys_mknodat(Syscall& call) {
    return make_node(call, call.argument(0), call.pointer(1), call.argument(2));
}

}  // namespace vmlab::linux_abi
