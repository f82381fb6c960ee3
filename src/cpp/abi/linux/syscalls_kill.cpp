// SPDX-License-Identifier: GPL-2.0-only
// Sending signals.
#include "abi/linux/signal_frame.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

SyscallResult send(Syscall& call, std::uint32_t pid, const SignalInfo& info, SignalTo to = SignalTo::Process) {
    Process* const target = call.kernel.find_process(pid);
    if (target == nullptr || (target->reaped() && !target->alive())) {
        return Errno::SRCH;
    }
    const bool dead = to == SignalTo::Thread ? !target->alive() : !call.kernel.has_threads(target->thread_group);
    if (info.signal == Signal::None || dead) {
        return 0U;
    }
    return raise_signal(call.kernel, *target, info, to) ? SyscallResult(0U) : SyscallResult(Errno::AGAIN);
}

/// To each process that `chosen` names. SRCH when there is none.
template <typename Chosen>
SyscallResult send_to_all(Syscall& call, const SignalInfo& info, const Chosen& chosen) {
    std::vector<std::uint32_t> targets;
    for (const auto& process : call.kernel.processes()) {
        if (process->alive() && process->leads_threads() && chosen(*process)) {
            targets.push_back(process->pid());
        }
    }
    for (const std::uint32_t pid : targets) {
        static_cast<void>(send(call, pid, info));
    }
    return targets.empty() ? SyscallResult(Errno::SRCH) : SyscallResult(0U);
}

SignalInfo info_for(const Syscall& call, std::uint32_t signal, std::int32_t code) {
    return {.signal = static_cast<Signal>(signal), .code = code, .pid = call.process.thread_group};
}

SyscallResult send_to_thread(Syscall& call, std::uint32_t pid, std::uint32_t signal) {
    if (static_cast<std::int32_t>(pid) <= 0 || signal > LAST_SIGNAL) {
        return Errno::INVAL;
    }
    return send(call, pid, info_for(call, signal, SignalCode::TKILL), SignalTo::Thread);
}

/// A siginfo_t of the caller's making: to another process it may not claim to come from the kernel or from tkill().
SyscallResult send_queued(Syscall& call, std::uint32_t pid, std::uint32_t signal, VirtAddr record_at, SignalTo to) {
    const auto record = call.memory.read<SignalInfoRecord>(record_at);
    if (!record) {
        return Errno::FAULT;
    }
    if ((record->code >= 0 || record->code == SignalCode::TKILL) && pid != call.process.thread_group) {
        return Errno::PERM;
    }
    if (signal > LAST_SIGNAL) {
        return Errno::INVAL;
    }
    return send(call, pid,
                {.signal = static_cast<Signal>(signal),
                 .code = record->code,
                 .pid = record->fields[0],
                 .value = record->fields[2]},
                to);
}

}  // namespace

SyscallResult sys_kill(Syscall& call) {
    const auto pid = static_cast<std::int32_t>(call.argument(0));
    if (call.argument(1) > LAST_SIGNAL) {
        return Errno::INVAL;
    }
    const SignalInfo info = info_for(call, call.argument(1), SignalCode::USER);
    if (pid > 0) {
        return send(call, call.argument(0), info);
    }
    if (pid == -1) {
        return send_to_all(
            call, info, [&call](const Process& process) { return process.thread_group != call.process.thread_group; });
    }
    const std::uint32_t group = pid == 0 ? call.process.group : 0U - call.argument(0);
    return send_to_all(call, info, [group](const Process& process) { return process.group == group; });
}

SyscallResult sys_tkill(Syscall& call) { return send_to_thread(call, call.argument(0), call.argument(1)); }

SyscallResult sys_tgkill(Syscall& call) {
    if (static_cast<std::int32_t>(call.argument(0)) <= 0 || static_cast<std::int32_t>(call.argument(1)) <= 0) {
        return Errno::INVAL;
    }
    const Process* const thread = call.kernel.find_process(call.argument(1));
    return thread != nullptr && thread->thread_group == call.argument(0)
               ? send_to_thread(call, call.argument(1), call.argument(2))
               : SyscallResult(Errno::SRCH);
}

SyscallResult sys_rt_sigqueueinfo(Syscall& call) {
    return send_queued(call, call.argument(0), call.argument(1), call.pointer(2), SignalTo::Process);
}

SyscallResult sys_rt_tgsigqueueinfo(Syscall& call) {
    const Process* const thread = call.kernel.find_process(call.argument(1));
    return thread != nullptr && thread->thread_group == call.argument(0)
               ? send_queued(call, call.argument(1), call.argument(2), call.pointer(3), SignalTo::Thread)
               : SyscallResult(Errno::SRCH);
}

}  // namespace vmlab::linux_abi
