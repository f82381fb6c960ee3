// SPDX-License-Identifier: GPL-2.0-only
// Signals as far as they need no handler: which trap raises which, what each does by default, blocking.
#pragma once

#include <cstdint>

#include "abi/linux/syscall.hpp"
#include "kernel/signal.hpp"

namespace vmlab::linux_abi {

inline constexpr std::uint32_t LAST_SIGNAL = 64;

/// What Linux sends a process for an exception of the processor other than a page fault.
[[nodiscard]] Signal signal_of_vector(std::uint8_t vector);

/// All but SIGKILL and SIGSTOP.
[[nodiscard]] bool may_be_caught(std::uint32_t signal);
/// Sends a signal: its default action follows now, or once it is no longer blocked. NOSYS where the action is to stop.
[[nodiscard]] SyscallResult raise_signal(Kernel& kernel, Process& target, std::uint32_t signal);
/// SIGKILL and SIGSTOP stay unblocked whatever is asked.
void set_blocked(Process& process, std::uint64_t signals);
/// Ends the process if a signal that kills was waiting and is no longer blocked.
void deliver_pending(Kernel& kernel, Process& process);

}  // namespace vmlab::linux_abi
