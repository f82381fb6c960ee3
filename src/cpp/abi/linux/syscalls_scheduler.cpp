// SPDX-License-Identifier: GPL-2.0-only
// The scheduler's policies and affinity: there is one processor, and all processes are served alike.
#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "abi/linux/scheduling_policy.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t MOST_REALTIME_PRIORITY = 99;

bool is_realtime(std::uint32_t policy) {
    return policy == SchedulingPolicy::FIFO || policy == SchedulingPolicy::ROUND_ROBIN;
}

/// Those of today's Linux, of which the last two have calls of their own.
bool is_known(std::uint32_t policy) {
    constexpr std::uint32_t DEADLINE = 6, EXTENSIBLE = 7;
    return is_realtime(policy) || SchedulingPolicy::is_ordinary(policy) || policy == DEADLINE || policy == EXTENSIBLE;
}

/// The thread of the first argument, 0 the caller. Fails: SRCH.
Result<Process*, Errno> named(Syscall& call) {
    const std::uint32_t pid = call.argument(0);
    Process* const process = pid == 0 ? &call.process : call.kernel.find_process(pid);
    return process != nullptr && !process->reaped() ? Result<Process*, Errno>(process) : Failure(Errno::SRCH);
}

bool names_nobody(Syscall& call) { return static_cast<std::int32_t>(call.argument(0)) < 0; }

/// An ordinary process has priority 0. The realtime policies need a right that root has only where it owns the machine.
SyscallResult set_policy(Process& process, std::uint32_t wanted, std::uint32_t priority) {
    const std::uint32_t policy = wanted & ~SchedulingPolicy::RESET_ON_FORK;
    if (!(is_realtime(policy) || SchedulingPolicy::is_ordinary(policy)) || priority > MOST_REALTIME_PRIORITY ||
        is_realtime(policy) != (priority != 0)) {
        return Errno::INVAL;
    }
    if (is_realtime(policy)) {
        return Errno::PERM;
    }
    process.scheduling_policy = wanted;
    return 0U;
}

/// What the arguments of sched_setscheduler() and sched_setparam() have in common.
SyscallResult change_policy(Syscall& call, VirtAddr parameters, std::optional<std::uint32_t> wanted) {
    if (parameters.value == 0 || names_nobody(call)) {
        return Errno::INVAL;
    }
    const auto priority = call.memory.read<std::uint32_t>(parameters);
    if (!priority) {
        return Errno::FAULT;
    }
    const auto process = named(call);
    return process ? set_policy(*process.value(), wanted.value_or(process.value()->scheduling_policy), *priority)
                   : SyscallResult(process.error());
}

template <typename Record>
SyscallResult tell_slice(Syscall& call) {
    if (names_nobody(call)) {
        return Errno::INVAL;
    }
    const auto process = named(call);
    return process ? SyscallResult(call.memory.write(call.pointer(1), Record{})) : SyscallResult(process.error());
}

}  // namespace

SyscallResult sys_sched_setscheduler(Syscall& call) {
    const std::uint32_t policy = call.argument(1);
    return static_cast<std::int32_t>(policy) < 0 ? SyscallResult(Errno::INVAL)
                                                 : change_policy(call, call.pointer(2), policy);
}

SyscallResult sys_sched_setparam(Syscall& call) { return change_policy(call, call.pointer(1), std::nullopt); }

SyscallResult sys_sched_getscheduler(Syscall& call) {
    if (names_nobody(call)) {
        return Errno::INVAL;
    }
    const auto process = named(call);
    return process ? SyscallResult(process.value()->scheduling_policy) : SyscallResult(process.error());
}

SyscallResult sys_sched_getparam(Syscall& call) {
    if (call.argument(1) == 0 || names_nobody(call)) {
        return Errno::INVAL;
    }
    const auto process = named(call);
    return process ? SyscallResult(call.memory.write(call.pointer(1), 0U)) : SyscallResult(process.error());
}

SyscallResult sys_sched_get_priority_max(Syscall& call) {
    const std::uint32_t policy = call.argument(0);
    return is_known(policy) ? SyscallResult(is_realtime(policy) ? MOST_REALTIME_PRIORITY : 0U)
                            : SyscallResult(Errno::INVAL);
}

SyscallResult sys_sched_get_priority_min(Syscall& call) {
    const std::uint32_t policy = call.argument(0);
    return is_known(policy) ? SyscallResult(is_realtime(policy) ? 1U : 0U) : SyscallResult(Errno::INVAL);
}

// 0: an ordinary process has no slice of a fixed length.
SyscallResult sys_sched_rr_get_interval(Syscall& call) { return tell_slice<Timespec32>(call); }
SyscallResult sys_sched_rr_get_interval64(Syscall& call) { return tell_slice<Timespec64>(call); }

namespace {

using ProcessorSet = std::uint32_t;  ///< a word of bits, the first of which is the one processor's
constexpr ProcessorSet ONLY_PROCESSOR = 1;

}  // namespace

SyscallResult sys_sched_getaffinity(Syscall& call) {
    if (call.argument(1) == 0 || call.argument(1) % sizeof(ProcessorSet) != 0) {
        return Errno::INVAL;
    }
    const auto process = named(call);
    if (!process) {
        return process.error();
    }
    return call.memory.write(call.pointer(2), ONLY_PROCESSOR) == CopyResult::Ok
               ? SyscallResult(std::uint32_t{sizeof(ProcessorSet)})
               : SyscallResult(Errno::FAULT);
}

// Of a longer set the first word counts; a shorter one is filled up with zeros.
SyscallResult sys_sched_setaffinity(Syscall& call) {
    std::array<std::byte, sizeof(ProcessorSet)> set{};
    const auto given = std::span(set).first(std::min<std::size_t>(call.argument(1), set.size()));
    if (call.memory.copy_in(call.pointer(2), given) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    const auto process = named(call);
    if (!process) {
        return process.error();
    }
    const bool has_processor = (std::to_integer<ProcessorSet>(set[0]) & ONLY_PROCESSOR) != 0;
    return has_processor ? SyscallResult(0U) : SyscallResult(Errno::INVAL);
}

}  // namespace vmlab::linux_abi
