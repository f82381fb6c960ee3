// SPDX-License-Identifier: GPL-2.0-only
// timer_create() and its kin: timers that a process makes for itself, as POSIX has them.
#include <algorithm>

#include "abi/linux/made_timers.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"

namespace vmlab::linux_abi {

bool send_of_timer(Kernel& kernel, Process& process, const MadeTimer& timer) {
    if (timer.signal == Signal::None) {
        return false;
    }
    Process* const target = timer.to_thread == 0 ? &process : kernel.find_process(timer.to_thread);
    if (target == nullptr || !kernel.has_threads(target->thread_group)) {
        return false;
    }
    const SignalInfo info{
        .signal = timer.signal, .code = SignalCode::TIMER, .value = timer.value, .timer = timer.id + 1};
    const SignalTo to = timer.to_thread == 0 ? SignalTo::Process : SignalTo::Thread;
    static_cast<void>(raise_signal(kernel, *target, info, to));
    const PendingSignals& pending = to == SignalTo::Process ? target->signals.shared->pending : target->signals.pending;
    return pending.holds(info);
}

void take_from_timer(Kernel& kernel, const Process& process, SignalInfo& info) {
    if (info.timer == 0) {
        return;
    }
    Process& leader = kernel.leader_of(process);
    const auto timer = std::ranges::find(leader.made_timers, info.timer - 1, &MadeTimer::id);
    if (timer == leader.made_timers.end() || !timer->waits) {
        return;
    }
    timer->waits = false;
    timer->overrun = 0;
    if (timer->times.interval == 0) {
        timer->times.at = 0;
    } else {
        constexpr std::uint64_t MOST = 0x7FFFFFFF;
        const std::uint64_t now = kernel.time_of(leader, *timer), late = now - std::min(now, timer->times.at);
        timer->overrun = static_cast<std::uint32_t>(std::min(late / timer->times.interval, MOST));
        timer->times.at += (late / timer->times.interval + 1) * timer->times.interval;
    }
    info.status = timer->overrun;
    kernel.note_timer_set(timer->kind);
}

namespace {

/// struct sigevent of the i386.
struct SignalEventRecord {
    static constexpr std::uint32_t SIGNAL = 0, NONE = 1, THREAD = 2, THREAD_ID = 4;
    std::uint32_t value;
    std::int32_t signal;
    std::uint32_t notify;
    std::uint32_t thread;
};

MadeTimer* find_timer(Syscall& call) {
    auto& timers = call.kernel.leader_of(call.process).made_timers;
    const auto found = std::ranges::find(timers, call.argument(0), &MadeTimer::id);
    return found == timers.end() ? nullptr : &*found;
}

/// Which time a clock of clock_gettime() is; nothing for one that has no timers.
Result<MadeTimer, Errno> timer_by_clock(const Syscall& call, std::uint32_t clock) {
    constexpr std::uint32_t REALTIME = 0, MONOTONIC = 1, PROCESS_TIME = 2, THREAD_TIME = 3, BOOTTIME = 7, TAI = 11;
    constexpr std::uint32_t RAW = 4, MONOTONIC_COARSE = 6;
    switch (clock) {
        case REALTIME:
        case MONOTONIC:
        case BOOTTIME:
        case TAI:
            return MadeTimer{};
        case PROCESS_TIME:
            return MadeTimer{.kind = TimerKind::Profile};
        case THREAD_TIME:
            return MadeTimer{.kind = TimerKind::Profile, .by_thread = call.process.pid()};
        default:
            return Failure(clock >= RAW && clock <= MONOTONIC_COARSE ? Errno::OPNOTSUPP : Errno::INVAL);
    }
}

/// Whom it tells, as the caller says. False when that cannot be.
bool set_notification(const Syscall& call, const SignalEventRecord& event, MadeTimer& timer) {
    const bool tells_thread = (event.notify & SignalEventRecord::THREAD_ID) != 0;
    timer.value = event.value;
    if (tells_thread) {
        const Process* const thread = call.kernel.find_process(event.thread);
        if (thread == nullptr || !thread->alive() || thread->thread_group != call.process.thread_group) {
            return false;
        }
        timer.to_thread = event.thread;
    }
    switch (event.notify) {
        case SignalEventRecord::NONE:
            return true;
        case SignalEventRecord::SIGNAL:
        case SignalEventRecord::THREAD:
        case SignalEventRecord::THREAD_ID:
        case SignalEventRecord::THREAD_ID | SignalEventRecord::THREAD:
            timer.signal = static_cast<Signal>(event.signal);
            return event.signal > 0 && event.signal <= static_cast<std::int32_t>(LAST_SIGNAL);
        default:
            return false;
    }
}

/// The lowest number that no timer has.
std::uint32_t free_id(const std::vector<MadeTimer>& timers) {
    std::uint32_t id = 0;
    while (std::ranges::find(timers, id, &MadeTimer::id) != timers.end()) {
        ++id;
    }
    return id;
}

template <typename Timespec>
TimesRecord<Timespec> record_of_times(const Syscall& call, const MadeTimer& timer) {
    const auto& [at, interval] = timer.times;
    const std::uint64_t now = call.kernel.time_of(call.process, timer);
    std::uint64_t left = at == 0 ? 0 : at - std::min(at, now);
    if (at != 0 && left == 0) {
        left = interval != 0 ? interval - (now - at) % interval : timer.waits ? 0 : 1;
    }
    return {make_time<Timespec>(interval), make_time<Timespec>(left)};
}

template <typename Timespec>
SyscallResult set_times(Syscall& call) {
    constexpr std::uint32_t ABSOLUTE = 1;
    const auto record = call.memory.read<TimesRecord<Timespec>>(call.pointer(2));
    if (call.argument(2) == 0) {
        return Errno::INVAL;
    }
    if (!record) {
        return Errno::FAULT;
    }
    MadeTimer* const timer = find_timer(call);
    const auto value = time_of(record->value), interval = time_of(record->interval);
    if (timer == nullptr || !value || !interval) {
        return Errno::INVAL;
    }
    const auto before = record_of_times<Timespec>(call, *timer);
    const bool absolute = (call.argument(1) & ABSOLUTE) != 0;
    const std::uint64_t start = absolute ? 0 : call.kernel.time_of(call.process, *timer);
    timer->times = {.at = *value == 0 ? 0 : start + *value, .interval = *value == 0 ? 0 : *interval};
    timer->waits = false;
    timer->overrun = 0;
    call.kernel.note_timer_set(timer->kind);
    return call.argument(3) == 0 ? SyscallResult(0U) : SyscallResult(call.memory.write(call.pointer(3), before));
}

template <typename Timespec>
SyscallResult get_times(Syscall& call) {
    const MadeTimer* const timer = find_timer(call);
    return timer == nullptr
               ? SyscallResult(Errno::INVAL)
               : SyscallResult(call.memory.write(call.pointer(1), record_of_times<Timespec>(call, *timer)));
}

}  // namespace

SyscallResult sys_timer_create(Syscall& call) {
    auto& timers = call.kernel.leader_of(call.process).made_timers;
    constexpr std::size_t MOST = 1024;  // as many as signals may be queued
    auto timer = timer_by_clock(call, call.argument(0));
    if (!timer) {
        return timer.error();
    }
    MadeTimer made = timer.value();
    made.id = free_id(timers);
    made.signal = Signal::Alarm;
    made.value = made.id;
    if (call.argument(1) != 0) {
        made.signal = Signal::None;
        const auto event = call.memory.read<SignalEventRecord>(call.pointer(1));
        if (!event) {
            return Errno::FAULT;
        }
        if (!set_notification(call, *event, made)) {
            return Errno::INVAL;
        }
    }
    if (timers.size() >= MOST) {
        return Errno::AGAIN;
    }
    if (call.memory.write(call.pointer(2), made.id) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    timers.push_back(made);
    return 0U;
}

SyscallResult sys_timer_getoverrun(Syscall& call) {
    const MadeTimer* const timer = find_timer(call);
    return timer == nullptr ? SyscallResult(Errno::INVAL) : SyscallResult(timer->overrun);
}

SyscallResult sys_timer_delete(Syscall& call) {
    const MadeTimer* const timer = find_timer(call);
    if (timer == nullptr) {
        return Errno::INVAL;
    }
    const TimerKind kind = timer->kind;
    std::erase_if(call.kernel.leader_of(call.process).made_timers,
                  [id = call.argument(0)](const MadeTimer& made) { return made.id == id; });
    call.kernel.note_timer_set(kind);
    return 0U;
}

SyscallResult sys_timer_settime(Syscall& call) { return set_times<Timespec32>(call); }
SyscallResult sys_timer_settime64(Syscall& call) { return set_times<Timespec64>(call); }
SyscallResult sys_timer_gettime(Syscall& call) { return get_times<Timespec32>(call); }
SyscallResult sys_timer_gettime64(Syscall& call) { return get_times<Timespec64>(call); }

}  // namespace vmlab::linux_abi
