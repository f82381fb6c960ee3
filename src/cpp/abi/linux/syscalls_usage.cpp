// SPDX-License-Identifier: GPL-2.0-only
// What processes have used of the processor, and how much of it they are to get.
#include <algorithm>

#include "abi/linux/resource_usage.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// clock_t: a hundredth of a second.
constexpr std::uint64_t TICK = SECOND / 100;

std::uint32_t ticks(std::uint64_t time) { return static_cast<std::uint32_t>(time / TICK); }

}  // namespace

SyscallResult sys_times(Syscall& call) {
    struct Times {
        std::uint32_t user, system, children_user, children_system;
    };
    const ResourceUse& children = call.kernel.leader_of(call.process).children_use;
    const Times times{.user = ticks(call.kernel.use_of(call.process).time), .children_user = ticks(children.time)};
    if (call.argument(0) != 0 && call.memory.write(call.pointer(0), times) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return ticks(call.kernel.now());
}

SyscallResult sys_getrusage(Syscall& call) {
    constexpr std::int32_t SELF = 0, CHILDREN = -1, THREAD = 1;
    ResourceUse use;
    switch (static_cast<std::int32_t>(call.argument(0))) {
        case SELF:
            use = call.kernel.use_of(call.process);
            break;
        case CHILDREN:
            use = call.kernel.leader_of(call.process).children_use;
            break;
        case THREAD:
            use = call.process.use();
            break;
        default:
            return Errno::INVAL;
    }
    return call.memory.write(call.pointer(1), usage_of(use));
}

namespace {

constexpr std::int32_t LEAST_NICE = -20, MOST_NICE = 19;

/// As getpriority() names them: a thread, the members of a group, or all of a user, and there is no user but root.
std::vector<Process*> those_named(Syscall& call, std::uint32_t which, std::uint32_t who) {
    constexpr std::uint32_t PRIO_PROCESS = 0, PRIO_PGRP = 1;
    std::vector<Process*> found;
    for (const auto& process : call.kernel.processes()) {
        const bool named = which == PRIO_PROCESS ? process->pid() == (who == 0 ? call.process.pid() : who)
                           : which == PRIO_PGRP  ? process->group == (who == 0 ? call.process.group : who)
                                                 : who == 0;
        if (named && process->alive()) {
            found.push_back(process.get());
        }
    }
    return found;
}

constexpr std::uint32_t LAST_WHICH = 2;

}  // namespace

// 20 less the niceness, so that no value is an error's.
SyscallResult sys_getpriority(Syscall& call) {
    if (call.argument(0) > LAST_WHICH) {
        return Errno::INVAL;
    }
    const auto named = those_named(call, call.argument(0), call.argument(1));
    if (named.empty()) {
        return Errno::SRCH;
    }
    const auto least = std::ranges::min(named, {}, &Process::niceness)->niceness;
    return static_cast<std::uint32_t>(-LEAST_NICE - least);
}

SyscallResult sys_setpriority(Syscall& call) {
    if (call.argument(0) > LAST_WHICH) {
        return Errno::INVAL;
    }
    const auto named = those_named(call, call.argument(0), call.argument(1));
    for (Process* process : named) {
        process->niceness = std::clamp(static_cast<std::int32_t>(call.argument(2)), LEAST_NICE, MOST_NICE);
    }
    return named.empty() ? SyscallResult(Errno::SRCH) : SyscallResult(0U);
}

SyscallResult sys_nice(Syscall& call) {
    constexpr std::int32_t WIDTH = MOST_NICE - LEAST_NICE + 1;
    const std::int32_t change = std::clamp(static_cast<std::int32_t>(call.argument(0)), -WIDTH, WIDTH);
    call.process.niceness = std::clamp(call.process.niceness + change, LEAST_NICE, MOST_NICE);
    return 0U;
}

}  // namespace vmlab::linux_abi
