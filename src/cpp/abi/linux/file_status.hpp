// SPDX-License-Identifier: GPL-2.0-only
// The layouts in which i386 Linux tells what stat() knows.
#pragma once

#include "abi/linux/syscall.hpp"
#include "kernel/files/open_file.hpp"

namespace vmlab::linux_abi {

/// struct stat of the first calls, stat64, and statx.
enum class StatLayout : std::uint8_t { Old, Stat64, Statx };

[[nodiscard]] SyscallResult write_status(UserMemory& memory, VirtAddr to, const FileStatus& status, StatLayout layout);

/// Whether bytes only pass through, so that there are no places; nothing of those filesystems can be executed.
[[nodiscard]] constexpr bool flows(FileType type) {
    return type == FileType::Pipe || type == FileType::Socket || type == FileType::Nothing;
}

/// The type bits of st_mode, and of d_type once shifted down by 12.
[[nodiscard]] std::uint32_t type_bits(FileType type);

}  // namespace vmlab::linux_abi
