// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/futex_owners.hpp"

#include "abi/linux/signals.hpp"

namespace vmlab::linux_abi {

namespace {

/// The first one that waits has the lock from now on; returns what the word says then.
std::uint32_t hand_over(Kernel& kernel, FutexKey key) {
    const OwnedFutexes::Waiter next = kernel.owned_futexes().hand_over(key);
    kernel.wake(Wait::Futex, next.pid);
    return OwnerWord::WAITERS | next.pid;
}

/// The lock is free: its word says who has it now, and still that an owner died.
SyscallResult take(Syscall& call, std::uint32_t word) {
    return call.memory.write(call.pointer(0), (word & OwnerWord::OWNER_DIED) | call.process.pid());
}

/// Tells by the word that somebody waits. Fails: FAULT; SRCH where the owner is nobody.
Result<std::uint32_t, Errno> mark_waiters(Syscall& call, std::uint32_t word) {
    if (call.memory.write(call.pointer(0), word | OwnerWord::WAITERS) == CopyResult::Fault) {
        return Failure(Errno::FAULT);
    }
    const Process* const owner = call.kernel.find_process(word & OwnerWord::OWNER);
    return owner != nullptr && owner->alive() ? Result<std::uint32_t, Errno>(owner->pid()) : Failure(Errno::SRCH);
}

/// Who has it, as the kernel knows where somebody waits, and as the word says. Fails: FAULT, SRCH, and INVAL where the two
/// differ or who waits there waits for something else.
Result<std::uint32_t, Errno> find_owner(Syscall& call, FutexKey key, std::uint32_t word) {
    const auto known = call.kernel.owned_futexes().find_owner(key);
    if (!known && !call.kernel.futexes().is_awaited(key)) {
        return mark_waiters(call, word);
    }
    return known && *known == (word & OwnerWord::OWNER) ? Result<std::uint32_t, Errno>(*known) : Failure(Errno::INVAL);
}

}  // namespace

SyscallResult lock_owned_word(Syscall& call, FutexKey key, IfTaken taken, std::uint64_t deadline) {
    const auto word = call.memory.read<std::uint32_t>(call.pointer(0));
    if (!word) {
        return Errno::FAULT;
    }
    OwnedFutexes& futexes = call.kernel.owned_futexes();
    const std::uint32_t caller = call.process.pid();
    if ((*word & OwnerWord::OWNER) == caller) {
        return Errno::DEADLK;
    }
    const bool awaited = futexes.find_owner(key) || call.kernel.futexes().is_awaited(key);
    if ((*word & OwnerWord::OWNER) == 0 && !awaited) {
        return take(call, *word);
    }
    const auto owner = find_owner(call, key, *word);
    if (!owner) {
        return owner.error();
    }
    if (taken == IfTaken::Refuse) {
        return Errno::AGAIN;
    }
    futexes.add(key, owner.value(), {caller, call.pointer(0)});
    call.process.wake_at = deadline;
    return go_on_locking(call);
}

// Handlers that run meanwhile are not told of: the call is made again after each.
SyscallResult go_on_locking(Syscall& call) {
    Process& process = call.process;
    OwnedFutexes& futexes = call.kernel.owned_futexes();
    if (!futexes.waits(process.pid())) {
        return 0U;
    }
    if (call.kernel.now() >= process.wake_at) {
        futexes.remove(process.pid());
        return Errno::TIMEDOUT;
    }
    const SyscallResult waited = unless_interrupted(
        call, OnSignal::RestartAlways, [&] { call.kernel.block_until(process, Wait::Futex, process.wake_at); });
    if (process.state() != ProcessState::Blocked) {
        futexes.remove(process.pid());
    }
    return waited;
}

SyscallResult unlock_owned_word(Syscall& call, FutexScope scope) {
    const auto word = call.memory.read<std::uint32_t>(call.pointer(0));
    if (!word) {
        return Errno::FAULT;
    }
    const std::uint32_t caller = call.process.pid();
    if ((*word & OwnerWord::OWNER) != caller) {
        return Errno::PERM;
    }
    const auto key = futex_key(call.process, call.pointer(0), scope);
    if (!key) {
        return key.error();
    }
    const auto owner = call.kernel.owned_futexes().find_owner(key.value());
    if (owner ? *owner != caller : call.kernel.futexes().is_awaited(key.value())) {
        return Errno::INVAL;
    }
    return call.memory.write(call.pointer(0), owner ? hand_over(call.kernel, key.value()) : 0U);
}

void give_up_owned_words(Kernel& kernel, const Process& thread) {
    OwnedFutexes& futexes = kernel.owned_futexes();
    for (const FutexKey& key : futexes.owned_by(thread.pid())) {
        const OwnedFutexes::Waiter next = futexes.first(key);
        const std::uint32_t word = hand_over(kernel, key) | OwnerWord::OWNER_DIED;
        Process* const heir = kernel.find_process(next.pid);
        static_cast<void>(kernel.write_as(*heir, next.word, std::as_bytes(std::span(&word, 1))));
    }
}

}  // namespace vmlab::linux_abi
