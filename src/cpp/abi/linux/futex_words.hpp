// SPDX-License-Identifier: GPL-2.0-only
// The words that threads wait at: which is the same for whom, and waking who waits there.
#pragma once

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

/// What a mutex's word says, by the convention of robust mutexes.
struct OwnerWord {
    static constexpr std::uint32_t WAITERS = 0x80000000, OWNER_DIED = 0x40000000, OWNER = 0x3FFFFFFF;
};

/// Whether only threads in the same address space may wait at it, whatever is mapped there.
enum class FutexScope : std::uint8_t { Any, Private };

/// Shared memory is the same word wherever it is mapped. Fails: INVAL, FAULT.
[[nodiscard]] Result<FutexKey, Errno> futex_key(Process& process, VirtAddr at, FutexScope scope = FutexScope::Any);
/// Returns how many were woken.
std::uint32_t wake_at_word(Kernel& kernel, FutexKey key, std::uint32_t most, std::uint32_t bits = FutexQueue::ANY);

/// What a thread's end does to memory: it gives up the mutexes of its robust list, and writes zero to where who waits
/// for it looks. Requires: its memory is the current one.
void give_up_words(Kernel& kernel, Process& thread);

}  // namespace vmlab::linux_abi
