// SPDX-License-Identifier: GPL-2.0-only
// The clocks: all of them show the simulated time, one unit a nanosecond, from 1970 on.
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint64_t SECOND = 1'000'000'000;
constexpr std::uint32_t ABSOLUTE_TIME = 1;

struct Timespec32 {
    std::int32_t seconds;
    std::int32_t nanoseconds;
};

struct Timespec64 {
    std::int64_t seconds;
    std::int32_t nanoseconds;
    std::int32_t padding = 0;
};

template <typename Timespec>
Timespec make_time(std::uint64_t time) {
    return {static_cast<decltype(Timespec::seconds)>(time / SECOND), static_cast<std::int32_t>(time % SECOND)};
}

/// REALTIME to BOOTTIME, and TAI.
bool is_clock(std::uint32_t clock) { return clock <= 7 || clock == 11; }

template <typename Timespec>
SyscallResult get_time(Syscall& call) {
    if (!is_clock(call.argument(0))) {
        return Errno::INVAL;
    }
    return call.memory.write(call.pointer(1), make_time<Timespec>(call.kernel.now()));
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

template <typename Timespec>
SyscallResult sleep(Syscall& call, VirtAddr request, SleepUntil until) {
    if (call.resumed) {
        return 0U;
    }
    const auto time = call.memory.read<Timespec>(request);
    if (!time) {
        return Errno::FAULT;
    }
    if (time->seconds < 0 || time->nanoseconds < 0 || static_cast<std::uint64_t>(time->nanoseconds) >= SECOND) {
        return Errno::INVAL;
    }
    constexpr auto LONGEST = static_cast<std::int64_t>(1) << 32;
    const auto seconds = static_cast<std::uint64_t>(std::min<std::int64_t>(time->seconds, LONGEST));
    const std::uint64_t wanted = seconds * SECOND + static_cast<std::uint64_t>(time->nanoseconds);
    const std::uint64_t now = call.kernel.now();
    const std::uint64_t end = until == SleepUntil::Reached ? wanted : now + wanted;
    if (end > now) {
        call.kernel.sleep_until(call.process, end);
    }
    return 0U;
}

template <typename Timespec>
SyscallResult clock_sleep(Syscall& call) {
    if (!is_clock(call.argument(0))) {
        return Errno::INVAL;
    }
    const bool absolute = (call.argument(1) & ABSOLUTE_TIME) != 0;
    return sleep<Timespec>(call, call.pointer(2), absolute ? SleepUntil::Reached : SleepUntil::Elapsed);
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
    const std::uint64_t now = call.kernel.now();
    const std::array<std::uint32_t, 2> time = {static_cast<std::uint32_t>(now / SECOND),
                                               static_cast<std::uint32_t>(now % SECOND / 1000)};
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
SyscallResult sys_nanosleep(Syscall& call) { return sleep<Timespec32>(call, call.pointer(0), SleepUntil::Elapsed); }
SyscallResult sys_clock_nanosleep(Syscall& call) { return clock_sleep<Timespec32>(call); }
SyscallResult sys_clock_nanosleep64(Syscall& call) { return clock_sleep<Timespec64>(call); }

}  // namespace vmlab::linux_abi
