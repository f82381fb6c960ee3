// SPDX-License-Identifier: GPL-2.0-only
// The locks of fcntl(): asked for and set in struct flock or struct flock64.
#pragma once

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

/// F_GETLK and its kin, which ask, F_SETLK, which sets, and F_SETLKW, which waits for that; INVAL for other commands.
[[nodiscard]] SyscallResult control_lock(Syscall& call, OpenFile& file, std::uint32_t command);

}  // namespace vmlab::linux_abi
