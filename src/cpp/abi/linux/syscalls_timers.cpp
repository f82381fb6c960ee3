// SPDX-License-Identifier: GPL-2.0-only
// Timers that send signals, by simulated time or the process's own part of it, and waiting for signals until a time.
#include "abi/linux/made_timers.hpp"
#include "abi/linux/signal_frame.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"
#include "abi/linux/timeouts.hpp"

namespace vmlab::linux_abi {

namespace {

/// struct itimerval.
struct TimerRecord {
    Timeval interval, value;
};

/// How long until it expires; 0: it is not set.
std::uint64_t left_of(const Syscall& call, TimerKind kind) {
    const std::uint64_t at = call.kernel.timer_of(call.process, kind).at;
    const std::uint64_t now = call.kernel.time_of(call.process, kind);
    return at == 0 ? 0 : at > now ? at - now : 1;
}

void start(Syscall& call, TimerKind kind, std::uint64_t value, std::uint64_t interval) {
    const std::uint64_t now = call.kernel.time_of(call.process, kind);
    call.kernel.set_timer(call.process, kind, {value == 0 ? 0 : now + value, interval});
}

TimerRecord timer_record_of(const Syscall& call, TimerKind kind) {
    return {make_time<Timeval>(call.kernel.timer_of(call.process, kind).interval),
            make_time<Timeval>(left_of(call, kind) + Timeval::UNIT - 1)};
}

/// ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF.
std::optional<TimerKind> timer_kind(std::uint32_t which) {
    return which < TIMER_KINDS ? std::optional(static_cast<TimerKind>(which)) : std::nullopt;
}

template <typename Timespec>
SyscallResult wait_for_signal(Syscall& call) {
    SignalState& signals = call.process.signals;
    if (call.argument(3) != SIGNAL_SET_BYTES) {
        return Errno::INVAL;
    }
    const auto set = call.memory.read<std::uint64_t>(call.pointer(0));
    if (!set) {
        return Errno::FAULT;
    }
    const auto timeout = read_timeout<Timespec>(call, call.pointer(2));
    if (!timeout) {
        return timeout.error();
    }
    const SignalSet wanted = SignalSet{*set}.without(UNCATCHABLE);
    signals.awaited = {};
    if (auto info = signals.take(wanted, SYNCHRONOUS)) {
        take_from_timer(call.kernel, call.process, *info);
        if (call.argument(1) != 0 && call.memory.write(call.pointer(1), record_of(*info)) == CopyResult::Fault) {
            return Errno::FAULT;
        }
        return static_cast<std::uint32_t>(info->signal);
    }
    if (!signals.deliverable().empty()) {
        return Errno::INTR;
    }
    const std::uint64_t deadline = deadline_of(call, timeout.value());
    if (call.kernel.now() >= deadline) {
        return Errno::AGAIN;
    }
    signals.awaited = wanted;
    return deadline == NEVER ? wait_for(call, Wait::Signal, OnSignal::RestartNoHandler)
                             : sleep_until(call, deadline, OnSignal::RestartNoHandler);
}

}  // namespace

// Told in whole seconds, to the nearest, but never as none.
SyscallResult sys_alarm(Syscall& call) {
    const std::uint64_t left = left_of(call, TimerKind::Real);
    start(call, TimerKind::Real, call.argument(0) * SECOND, 0);
    const std::uint64_t seconds = (left + SECOND / 2) / SECOND;
    return static_cast<std::uint32_t>(left != 0 && seconds == 0 ? 1 : seconds);
}

SyscallResult sys_setitimer(Syscall& call) {
    TimerRecord wanted{};
    if (call.argument(1) != 0) {
        const auto read = call.memory.read<TimerRecord>(call.pointer(1));
        if (!read) {
            return Errno::FAULT;
        }
        wanted = *read;
    }
    const auto value = time_of(wanted.value), interval = time_of(wanted.interval);
    const auto kind = timer_kind(call.argument(0));
    if (!value || !interval || !kind) {
        return Errno::INVAL;
    }
    const TimerRecord before = timer_record_of(call, *kind);
    start(call, *kind, *value, *interval);
    return call.argument(2) == 0 ? SyscallResult(0U) : SyscallResult(call.memory.write(call.pointer(2), before));
}

SyscallResult sys_getitimer(Syscall& call) {
    const auto kind = timer_kind(call.argument(0));
    return kind ? SyscallResult(call.memory.write(call.pointer(1), timer_record_of(call, *kind)))
                : SyscallResult(Errno::INVAL);
}

SyscallResult sys_rt_sigtimedwait(Syscall& call) { return wait_for_signal<Timespec32>(call); }
SyscallResult sys_rt_sigtimedwait64(Syscall& call) { return wait_for_signal<Timespec64>(call); }

}  // namespace vmlab::linux_abi
