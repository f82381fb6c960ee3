// SPDX-License-Identifier: GPL-2.0-only
// Process groups and sessions.
#include <algorithm>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// The process that an argument names, 0 the caller; null when there is none.
Process* named(Syscall& call, std::uint32_t pid) {
    Process* const process = pid == 0 ? &call.kernel.leader_of(call.process) : call.kernel.find_process(pid);
    return process != nullptr && process->reaped() ? nullptr : process;
}

bool is_group_in(const Kernel& kernel, std::uint32_t group, std::uint32_t session) {
    return std::ranges::any_of(kernel.processes(), [=](const auto& process) {
        return process->alive() && process->group == group && process->session == session;
    });
}

/// All threads of a process are in its group and session, those too that have ended.
void move_threads(const Kernel& kernel, const Process& process, std::uint32_t group, std::uint32_t session) {
    for (const auto& thread : kernel.processes()) {
        if (thread->thread_group == process.thread_group) {
            thread->group = group;
            thread->session = session;
        }
    }
}

}  // namespace

SyscallResult sys_setpgid(Syscall& call) {
    if (static_cast<std::int32_t>(call.argument(1)) < 0) {
        return Errno::INVAL;
    }
    Process* const process = named(call, call.argument(0));
    const bool own = process == &call.kernel.leader_of(call.process);
    if (process == nullptr || !(own || process->parent() == call.process.thread_group)) {
        return Errno::SRCH;
    }
    if (!process->leads_threads()) {
        return Errno::INVAL;
    }
    if (!own && process->session != call.process.session) {
        return Errno::PERM;
    }
    if (!own && process->executed) {
        return Errno::ACCES;
    }
    const std::uint32_t group = call.argument(1) == 0 ? process->pid() : call.argument(1);
    if (process->session == process->pid() ||
        (group != process->pid() && !is_group_in(call.kernel, group, call.process.session))) {
        return Errno::PERM;
    }
    move_threads(call.kernel, *process, group, process->session);
    return 0U;
}

SyscallResult sys_getpgid(Syscall& call) {
    const Process* const process = named(call, call.argument(0));
    return process != nullptr ? SyscallResult(process->group) : SyscallResult(Errno::SRCH);
}

SyscallResult sys_getpgrp(Syscall& call) { return call.process.group; }

SyscallResult sys_getsid(Syscall& call) {
    const Process* const process = named(call, call.argument(0));
    return process != nullptr ? SyscallResult(process->session) : SyscallResult(Errno::SRCH);
}

SyscallResult sys_setsid(Syscall& call) {
    const std::uint32_t pid = call.process.thread_group;
    const bool leads = std::ranges::any_of(
        call.kernel.processes(), [pid](const auto& process) { return process->group == pid && process->alive(); });
    if (leads) {
        return Errno::PERM;
    }
    move_threads(call.kernel, call.process, pid, pid);
    return pid;
}

}  // namespace vmlab::linux_abi
