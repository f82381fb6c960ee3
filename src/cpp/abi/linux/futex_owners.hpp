// SPDX-License-Identifier: GPL-2.0-only
// Futexes that inherit priorities: locks whose word says who has them, and which the kernel hands over.
#pragma once

#include "abi/linux/futex_words.hpp"

namespace vmlab::linux_abi {

/// Whether who finds the lock taken waits for it.
enum class IfTaken : std::uint8_t { Wait, Refuse };

/// LOCK_PI and its kin, at the word of argument 0. The wait ends at `deadline`.
[[nodiscard]] SyscallResult lock_owned_word(Syscall& call, FutexKey key, IfTaken taken, std::uint64_t deadline);
/// Goes on with the wait in the call above.
[[nodiscard]] SyscallResult go_on_locking(Syscall& call);
/// UNLOCK_PI.
[[nodiscard]] SyscallResult unlock_owned_word(Syscall& call, FutexScope scope);

/// A thread ends: those who wait for a lock of its get it, and are told by the word that the owner has died.
void give_up_owned_words(Kernel& kernel, const Process& thread);

}  // namespace vmlab::linux_abi
