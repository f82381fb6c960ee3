// SPDX-License-Identifier: GPL-2.0-only
// The flags of open() and of F_SETFL.
#pragma once

#include <cstdint>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

/// The names that follow O_, on the i386.
struct OpenFlags {
    static constexpr std::uint32_t ACCESS = 03, CREAT = 0100, EXCL = 0200, NOCTTY = 0400, TRUNC = 01000;
    static constexpr std::uint32_t APPEND = 02000, NONBLOCK = 04000, DIRECT = 040000, DIRECTORY = 0200000;
    static constexpr std::uint32_t NOFOLLOW = 0400000, CLOEXEC = 02000000, PATH = 010000000;
    static constexpr std::uint32_t NAMELESS = 020000000;  ///< O_TMPFILE, which has DIRECTORY as well
    /// All that counts where a file is only named.
    static constexpr std::uint32_t WITH_PATH = PATH | DIRECTORY | NOFOLLOW | CLOEXEC;
    /// What F_GETFL tells: the access, what F_SETFL may change, and the rest as it was asked for.
    static constexpr std::uint32_t NOT_KEPT = ACCESS | CREAT | EXCL | NOCTTY | TRUNC | APPEND | NONBLOCK | CLOEXEC;
};

[[nodiscard]] inline CloseOnExec close_on_exec(std::uint32_t flags) {
    return (flags & OpenFlags::CLOEXEC) != 0 ? CloseOnExec::Yes : CloseOnExec::No;
}
[[nodiscard]] inline BlockMode block_mode(std::uint32_t flags) {
    return (flags & OpenFlags::NONBLOCK) != 0 ? BlockMode::Refuse : BlockMode::Wait;
}

/// A duplicate of the file of argument 0 at the lowest free number from `lowest` on.
[[nodiscard]] SyscallResult duplicate_from(Syscall& call, std::uint32_t lowest, CloseOnExec on_exec);

}  // namespace vmlab::linux_abi
