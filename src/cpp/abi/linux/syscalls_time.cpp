// SPDX-License-Identifier: GPL-2.0-only
// The clocks: all of them show the simulated time, one unit a nanosecond, from 1970 on.
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t ABSOLUTE_TIME = 1;

constexpr std::uint32_t PROCESS_CPU_TIME = 2, THREAD_CPU_TIME = 3;

/// REALTIME to BOOTTIME, and TAI.
bool is_clock(std::uint32_t clock) { return clock <= 7 || clock == 11; }

std::uint64_t time_by(const Syscall& call, std::uint32_t clock) {
    return clock == PROCESS_CPU_TIME  ? call.kernel.use_of(call.process).time
           : clock == THREAD_CPU_TIME ? call.process.use().time
                                      : call.kernel.now();
}

template <typename Timespec>
SyscallResult get_time(Syscall& call) {
    if (!is_clock(call.argument(0))) {
        return Errno::INVAL;
    }
    return call.memory.write(call.pointer(1), make_time<Timespec>(time_by(call, call.argument(0))));
}

template <typename Timespec>
SyscallResult get_resolution(Syscall& call) {
    if (!is_clock(call.argument(0))) {
        return Errno::INVAL;
    }
    return call.argument(1) == 0 ? SyscallResult(0U)
                                 : SyscallResult(call.memory.write(call.pointer(1), make_time<Timespec>(1)));
}

enum class SleepUntil : std::uint8_t { Elapsed, Reached };

/// A sleeper woke: because it is time, or because of a signal; then who asked how long is told what is left.
template <typename Timespec>
SyscallResult go_on_sleeping(Syscall& call, VirtAddr remaining, SleepUntil until) {
    const std::uint64_t now = call.kernel.now(), end = call.process.wake_at;
    if (now >= end) {
        return 0U;
    }
    if (until == SleepUntil::Elapsed && remaining.value != 0 &&
        call.memory.write(remaining, make_time<Timespec>(end - now)) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return sleep_until(call, end, until == SleepUntil::Elapsed ? OnSignal::GoOn : OnSignal::RestartNoHandler);
}

template <typename Timespec>
SyscallResult sleep(Syscall& call, VirtAddr request, VirtAddr remaining, SleepUntil until) {
    if (call.resumed) {
        return go_on_sleeping<Timespec>(call, remaining, until);
    }
    const auto time = call.memory.read<Timespec>(request);
    if (!time) {
        return Errno::FAULT;
    }
    const auto wanted = time_of(*time);
    if (!wanted) {
        return Errno::INVAL;
    }
    const std::uint64_t now = call.kernel.now();
    const std::uint64_t end = until == SleepUntil::Reached ? *wanted : now + *wanted;
    if (end <= now) {
        return 0U;
    }
    call.process.wake_at = end;
    return go_on_sleeping<Timespec>(call, remaining, until);
}

template <typename Timespec>
SyscallResult clock_sleep(Syscall& call) {
    if (!is_clock(call.argument(0))) {
        return Errno::INVAL;
    }
    const bool absolute = (call.argument(1) & ABSOLUTE_TIME) != 0;
    return sleep<Timespec>(call, call.pointer(2), call.pointer(3),
                           absolute ? SleepUntil::Reached : SleepUntil::Elapsed);
}

}  // namespace

SyscallResult sys_time(Syscall& call) {
    const auto seconds = static_cast<std::uint32_t>(call.kernel.now() / SECOND);
    if (call.argument(0) != 0 && call.memory.write(call.pointer(0), seconds) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return seconds;
}

SyscallResult sys_gettimeofday(Syscall& call) {
    const auto time = make_time<Timeval>(call.kernel.now());
    constexpr std::array<std::uint32_t, 2> GREENWICH{};
    if (call.argument(0) != 0 && call.memory.write(call.pointer(0), time) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    if (call.argument(1) != 0 && call.memory.write(call.pointer(1), GREENWICH) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return 0U;
}

SyscallResult sys_clock_gettime(Syscall& call) { return get_time<Timespec32>(call); }
SyscallResult sys_clock_gettime64(Syscall& call) { return get_time<Timespec64>(call); }
SyscallResult sys_clock_getres(Syscall& call) { return get_resolution<Timespec32>(call); }
SyscallResult sys_clock_getres64(Syscall& call) { return get_resolution<Timespec64>(call); }
SyscallResult sys_nanosleep(Syscall& call) {
    return sleep<Timespec32>(call, call.pointer(0), call.pointer(1), SleepUntil::Elapsed);
}
SyscallResult sys_clock_nanosleep(Syscall& call) { return clock_sleep<Timespec32>(call); }
SyscallResult sys_clock_nanosleep64(Syscall& call) { return clock_sleep<Timespec64>(call); }

}  // namespace vmlab::linux_abi
