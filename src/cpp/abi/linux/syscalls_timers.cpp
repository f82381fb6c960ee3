// SPDX-License-Identifier: GPL-2.0-only
// Timers that send SIGALRM, and waiting for signals until a time. All on simulated time.
#include "abi/linux/signal_frame.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"
#include "abi/linux/timeouts.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t REAL = 0, LAST_TIMER = 2;

/// struct itimerval.
struct TimerRecord {
    Timeval interval, value;
};

/// How long until it expires; 0: it is not set.
std::uint64_t left_of(const Syscall& call) {
    const std::uint64_t at = call.process.timer.at, now = call.kernel.now();
    return at == 0 ? 0 : at > now ? at - now : 1;
}

void start(Syscall& call, std::uint64_t value, std::uint64_t interval) {
    call.kernel.set_timer(call.process, {value == 0 ? 0 : call.kernel.now() + value, interval});
}

TimerRecord timer_record_of(const Syscall& call, std::uint32_t which) {
    return which == REAL ? TimerRecord{make_time<Timeval>(call.process.timer.interval),
                                       make_time<Timeval>(left_of(call) + Timeval::UNIT - 1)}
                         : TimerRecord{};
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
    if (const auto info = signals.take(wanted, SYNCHRONOUS)) {
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

SyscallResult sys_alarm(Syscall& call) {
    const std::uint64_t left = left_of(call);
    start(call, call.argument(0) * SECOND, 0);
    return static_cast<std::uint32_t>((left + SECOND - 1) / SECOND);
}

// Only real time is measured: a timer of a process's own time would need the same clock, and is refused.
SyscallResult sys_setitimer(Syscall& call) {
    if (call.argument(0) > LAST_TIMER) {
        return Errno::INVAL;
    }
    TimerRecord wanted{};
    if (call.argument(1) != 0) {
        const auto read = call.memory.read<TimerRecord>(call.pointer(1));
        if (!read) {
            return Errno::FAULT;
        }
        wanted = *read;
    }
    const auto value = time_of(wanted.value), interval = time_of(wanted.interval);
    if (!value || !interval) {
        return Errno::INVAL;
    }
    if (call.argument(0) != REAL && *value != 0) {
        return Errno::NOSYS;
    }
    const TimerRecord before = timer_record_of(call, call.argument(0));
    if (call.argument(0) == REAL) {
        start(call, *value, *interval);
    }
    return call.argument(2) == 0 ? SyscallResult(0U) : SyscallResult(call.memory.write(call.pointer(2), before));
}

SyscallResult sys_getitimer(Syscall& call) {
    if (call.argument(0) > LAST_TIMER) {
        return Errno::INVAL;
    }
    return call.memory.write(call.pointer(1), timer_record_of(call, call.argument(0)));
}

SyscallResult sys_rt_sigtimedwait(Syscall& call) { return wait_for_signal<Timespec32>(call); }
SyscallResult sys_rt_sigtimedwait64(Syscall& call) { return wait_for_signal<Timespec64>(call); }

}  // namespace vmlab::linux_abi
