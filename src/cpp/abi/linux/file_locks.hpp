// SPDX-License-Identifier: GPL-2.0-only
// The locks of fcntl(): asked for and set in struct flock or struct flock64.
#pragma once

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

enum class LockLayout : std::uint8_t { Old, Wide };

/// F_GETLK: which lock would stand in the way.
[[nodiscard]] SyscallResult tell_lock(Syscall& call, OpenFile& file, LockLayout layout);
/// F_SETLK and F_SETLKW.
[[nodiscard]] SyscallResult set_lock(Syscall& call, OpenFile& file, LockLayout layout, BlockMode mode);

}  // namespace vmlab::linux_abi
