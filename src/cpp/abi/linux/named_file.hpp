// SPDX-License-Identifier: GPL-2.0-only
// How a call names a file: by a path, and for the ...at() calls by a directory and flags.
#pragma once

#include <string>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

inline constexpr std::uint32_t AT_FDCWD = 0xFFFFFF9C;
inline constexpr std::uint32_t AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200, AT_EACCESS = 0x200,
                               AT_EMPTY_PATH = 0x1000;
inline constexpr std::uint32_t AT_NO_AUTOMOUNT = 0x800, AT_STATX_SYNC_TYPE = 0x6000;
inline constexpr std::uint32_t AT_SYMLINK_FOLLOW = 0x400;

/// A path and the directory from which it leads, if it is relative.
struct NamedFile {
    std::string directory;
    std::string path;
};

/// What is behind the last slash of a path.
[[nodiscard]] inline std::string last_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Fails: FAULT, NAMETOOLONG, BADF, NOTDIR.
[[nodiscard]] Result<NamedFile, Errno> read_name(Syscall& call, std::uint32_t descriptor, VirtAddr address);

/// The file that a path names. Fails: as read_name(), and as the walk along the path.
[[nodiscard]] Result<Ref<Inode>, Errno> find_file(Syscall& call, std::uint32_t descriptor, VirtAddr address,
                                                  FollowLinks follow);

}  // namespace vmlab::linux_abi
