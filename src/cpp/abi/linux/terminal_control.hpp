// SPDX-License-Identifier: GPL-2.0-only
// The terminal as Linux's calls see it: termios, the window's size, and job control.
#pragma once

#include <optional>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

/// Job control: what a process in the background gets that reads from its terminal, or writes where that is not wanted.
/// Nothing where it may go on.
[[nodiscard]] std::optional<SyscallResult> keep_from_terminal(Syscall& call, const OpenFile& file, Direction direction);

/// ioctl on a terminal.
[[nodiscard]] SyscallResult control_terminal(Syscall& call, Terminal& terminal);

}  // namespace vmlab::linux_abi
