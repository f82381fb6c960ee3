// SPDX-License-Identifier: GPL-2.0-only
// What threads of a process need beside clone: their ends, and futexes to wait for each other.
#include "abi/linux/futex_owners.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"
#include "abi/linux/timeouts.hpp"

namespace vmlab::linux_abi {

namespace {

struct FutexOperation {
    static constexpr std::uint32_t WAIT = 0, WAKE = 1, REQUEUE = 3, CMP_REQUEUE = 4, WAKE_OP = 5, WAIT_BITSET = 9;
    static constexpr std::uint32_t WAKE_BITSET = 10, MASK = 0x7F, PRIVATE = 0x80, REALTIME = 0x100;
    static constexpr std::uint32_t LOCK_PI = 6, UNLOCK_PI = 7, TRYLOCK_PI = 8, LOCK_PI2 = 13;
    // In the third value of WAKE_OP: what is done to the second word, and how its old value is compared.
    static constexpr std::uint32_t SET = 0, ADD = 1, OR = 2, AND_NOT = 3, XOR = 4;
    static constexpr std::uint32_t EQUAL = 0, NOT_EQUAL = 1, LESS = 2, NOT_GREATER = 3, GREATER = 4, NOT_LESS = 5;
};

FutexScope scope_of(const Syscall& call) {
    return (call.argument(1) & FutexOperation::PRIVATE) != 0 ? FutexScope::Private : FutexScope::Any;
}

Result<FutexKey, Errno> key_of(Syscall& call, VirtAddr at) { return futex_key(call.process, at, scope_of(call)); }

/// Who asks for none to be woken gets one woken all the same.
std::uint32_t at_least_one(std::uint32_t most) { return static_cast<std::int32_t>(most) <= 0 ? 1 : most; }

/// The time at which a wait ends: relative to now for WAIT, absolute for WAIT_BITSET.
template <typename Timespec>
Result<std::uint64_t, Errno> read_deadline(Syscall& call, std::uint32_t operation) {
    const auto time = read_timeout<Timespec>(call, call.pointer(3));
    if (!time) {
        return Failure(time.error());
    }
    if (!time.value()) {
        return NEVER;
    }
    return operation == FutexOperation::WAIT ? call.kernel.now() + *time.value() : *time.value();
}

/// Woken, too late, or interrupted.
SyscallResult go_on_waiting(Syscall& call) {
    Process& process = call.process;
    if (!call.kernel.futexes().contains(process.pid())) {
        return 0U;
    }
    if (call.kernel.now() >= process.wake_at) {
        call.kernel.futexes().remove(process.pid());
        return Errno::TIMEDOUT;
    }
    if (!process.signals.deliverable().empty()) {
        call.kernel.futexes().remove(process.pid());
        return interrupted(call, call.argument(3) == 0 ? OnSignal::Restart : OnSignal::RestartNoHandler);
    }
    call.kernel.block_until(process, Wait::Futex, process.wake_at);
    return 0U;
}

template <typename Timespec>
SyscallResult wait(Syscall& call, std::uint32_t operation, FutexKey key, std::uint32_t bits) {
    const auto deadline = read_deadline<Timespec>(call, operation);
    if (!deadline) {
        return deadline.error();
    }
    if (bits == 0) {
        return Errno::INVAL;
    }
    const auto value = call.memory.read<std::uint32_t>(call.pointer(0));
    if (!value) {
        return Errno::FAULT;
    }
    if (*value != call.argument(2)) {
        return Errno::AGAIN;
    }
    call.kernel.futexes().add(call.process.pid(), key, bits);
    call.process.wake_at = deadline.value();
    return go_on_waiting(call);
}

/// REQUEUE: wakes some, and lets others wait at a second word.
SyscallResult requeue(Syscall& call, FutexKey key, bool compares) {
    if (static_cast<std::int32_t>(call.argument(2)) < 0 || static_cast<std::int32_t>(call.argument(3)) < 0) {
        return Errno::INVAL;
    }
    const auto other = key_of(call, call.pointer(4));
    if (!other) {
        return other.error();
    }
    const auto value = call.memory.read<std::uint32_t>(call.pointer(0));
    if (!value) {
        return Errno::FAULT;
    }
    if (compares && *value != call.argument(5)) {
        return Errno::AGAIN;
    }
    const std::uint32_t woken = wake_at_word(call.kernel, key, call.argument(2));
    const std::uint32_t moved = call.kernel.futexes().move(key, other.value(), call.argument(3));
    return compares ? woken + moved : woken;
}

std::optional<std::uint32_t> operate(std::uint32_t operation, std::uint32_t old, std::uint32_t operand) {
    switch (operation) {
        case FutexOperation::SET:
            return operand;
        case FutexOperation::ADD:
            return old + operand;
        case FutexOperation::OR:
            return old | operand;
        case FutexOperation::AND_NOT:
            return old & ~operand;
        case FutexOperation::XOR:
            return old ^ operand;
        default:
            return std::nullopt;
    }
}

std::optional<bool> compare(std::uint32_t comparison, std::int32_t old, std::int32_t with) {
    switch (comparison) {
        case FutexOperation::EQUAL:
            return old == with;
        case FutexOperation::NOT_EQUAL:
            return old != with;
        case FutexOperation::LESS:
            return old < with;
        case FutexOperation::NOT_GREATER:
            return old <= with;
        case FutexOperation::GREATER:
            return old > with;
        case FutexOperation::NOT_LESS:
            return old >= with;
        default:
            return std::nullopt;
    }
}

/// WAKE_OP: changes a second word, wakes at the first, and at the second where its old value is as asked.
SyscallResult wake_with_operation(Syscall& call, FutexKey key) {
    const auto other = key_of(call, call.pointer(4));
    if (!other) {
        return other.error();
    }
    const std::uint32_t encoded = call.argument(5);
    const auto signed_12 = [](std::uint32_t bits) { return static_cast<std::int32_t>((bits & 0xFFF) << 20) >> 20; };
    const bool shifts = (encoded >> 31) != 0;
    const std::int32_t raw = signed_12(encoded >> 12);
    const std::uint32_t operand =
        shifts ? 1U << (static_cast<std::uint32_t>(raw) & 31U) : static_cast<std::uint32_t>(raw);
    const auto old = call.memory.read<std::uint32_t>(call.pointer(4));
    if (!old) {
        return Errno::FAULT;
    }
    const auto changed = operate(encoded >> 28 & 7U, *old, operand);
    const auto also = compare(encoded >> 24 & 15U, static_cast<std::int32_t>(*old), signed_12(encoded));
    if (!changed || !also) {
        return Errno::NOSYS;
    }
    if (call.memory.write(call.pointer(4), *changed) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    const std::uint32_t first = wake_at_word(call.kernel, key, at_least_one(call.argument(2)));
    return first + (*also ? wake_at_word(call.kernel, other.value(), at_least_one(call.argument(3))) : 0U);
}

bool locks(std::uint32_t operation) {
    return operation == FutexOperation::LOCK_PI || operation == FutexOperation::LOCK_PI2 ||
           operation == FutexOperation::TRYLOCK_PI;
}

bool is_known(std::uint32_t operation) {
    return operation == FutexOperation::WAIT || operation == FutexOperation::WAKE ||
           (operation >= FutexOperation::REQUEUE && operation <= FutexOperation::WAKE_OP) ||
           operation == FutexOperation::WAIT_BITSET || operation == FutexOperation::WAKE_BITSET ||
           operation == FutexOperation::UNLOCK_PI || locks(operation);
}

/// All clocks are one here, but only these take the flag that names one.
bool may_name_clock(std::uint32_t operation) {
    return operation == FutexOperation::WAIT_BITSET || operation == FutexOperation::LOCK_PI2;
}

/// LOCK_PI and its kin; a time is absolute, and who only tries has none.
template <typename Timespec>
SyscallResult lock(Syscall& call, std::uint32_t operation) {
    const bool tries = operation == FutexOperation::TRYLOCK_PI;
    const auto deadline = tries ? Result<std::uint64_t, Errno>(NEVER) : read_deadline<Timespec>(call, operation);
    if (!deadline) {
        return deadline.error();
    }
    const auto key = key_of(call, call.pointer(0));
    return key ? lock_owned_word(call, key.value(), tries ? IfTaken::Refuse : IfTaken::Wait, deadline.value())
               : SyscallResult(key.error());
}

template <typename Timespec>
SyscallResult futex(Syscall& call) {
    const std::uint32_t operation = call.argument(1) & FutexOperation::MASK;
    if (call.resumed) {
        return locks(operation) ? go_on_locking(call) : go_on_waiting(call);
    }
    const bool names_clock = (call.argument(1) & FutexOperation::REALTIME) != 0;
    if (!is_known(operation) || (names_clock && !may_name_clock(operation))) {
        return Errno::NOSYS;
    }
    if (locks(operation)) {
        return lock<Timespec>(call, operation);
    }
    if (operation == FutexOperation::UNLOCK_PI) {
        return unlock_owned_word(call, scope_of(call));
    }
    const auto key = key_of(call, call.pointer(0));
    if (!key) {
        return key.error();
    }
    const bool waits = operation == FutexOperation::WAIT || operation == FutexOperation::WAIT_BITSET;
    if (!waits && call.kernel.owned_futexes().find_owner(key.value())) {
        return Errno::INVAL;  // who waits there is handed a lock, and not just woken
    }
    switch (operation) {
        case FutexOperation::WAIT:
            return wait<Timespec>(call, operation, key.value(), FutexQueue::ANY);
        case FutexOperation::WAIT_BITSET:
            return wait<Timespec>(call, operation, key.value(), call.argument(5));
        case FutexOperation::WAKE:
            return wake_at_word(call.kernel, key.value(), at_least_one(call.argument(2)));
        case FutexOperation::WAKE_BITSET:
            return call.argument(5) == 0
                       ? SyscallResult(Errno::INVAL)
                       : wake_at_word(call.kernel, key.value(), at_least_one(call.argument(2)), call.argument(5));
        case FutexOperation::WAKE_OP:
            return wake_with_operation(call, key.value());
        default:
            return requeue(call, key.value(), operation == FutexOperation::CMP_REQUEUE);
    }
}

}  // namespace

SyscallResult sys_futex(Syscall& call) { return futex<Timespec32>(call); }
SyscallResult sys_futex64(Syscall& call) { return futex<Timespec64>(call); }

SyscallResult sys_exit(Syscall& call) {
    call.kernel.end_process(call.process, call.argument(0) & 0xFF, Signal::None);
    return 0U;
}

SyscallResult sys_gettid(Syscall& call) { return call.process.pid(); }

SyscallResult sys_set_tid_address(Syscall& call) {
    call.process.clear_at_end = call.pointer(0);
    return call.process.pid();
}

namespace {

constexpr std::uint32_t ROBUST_HEAD_BYTES = 12;

}  // namespace

SyscallResult sys_set_robust_list(Syscall& call) {
    if (call.argument(1) != ROBUST_HEAD_BYTES) {
        return Errno::INVAL;
    }
    call.process.robust_list = call.pointer(0);
    return 0U;
}

SyscallResult sys_get_robust_list(Syscall& call) {
    const std::uint32_t pid = call.argument(0);
    const Process* const thread = pid == 0 ? &call.process : call.kernel.find_process(pid);
    if (thread == nullptr || !thread->alive()) {
        return Errno::SRCH;
    }
    if (call.memory.write(call.pointer(2), ROBUST_HEAD_BYTES) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return call.memory.write(call.pointer(1), thread->robust_list.value);
}

}  // namespace vmlab::linux_abi
