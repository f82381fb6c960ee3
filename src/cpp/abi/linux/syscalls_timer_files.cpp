// SPDX-License-Identifier: GPL-2.0-only
// timerfd_create() and its kin: timers that are read from.
#include "abi/linux/found_file.hpp"
#include "abi/linux/open_flags.hpp"
#include "abi/linux/time_records.hpp"
#include "kernel/files/timer_file.hpp"

namespace vmlab::linux_abi {

namespace {

Result<Ref<TimerFile>, Errno> find_timer(const Syscall& call) {
    return find_file<TimerFile>(call, call.argument(0), Errno::INVAL);
}

template <typename Timespec>
TimesRecord<Timespec> record_of(const TimerFile::Rest& rest) {
    return {make_time<Timespec>(rest.interval), make_time<Timespec>(rest.left)};
}

template <typename Timespec>
SyscallResult set_times(Syscall& call) {
    constexpr std::uint32_t ABSOLUTE = 1, CANCEL_ON_SET = 2;  // nobody sets the clock here
    const auto record = call.memory.read<TimesRecord<Timespec>>(call.pointer(2));
    if (!record) {
        return Errno::FAULT;
    }
    const std::uint32_t flags = call.argument(1);
    const auto value = time_of(record->value), interval = time_of(record->interval);
    if ((flags & ~(ABSOLUTE | CANCEL_ON_SET)) != 0 || !value || !interval) {
        return Errno::INVAL;
    }
    const auto timer = find_timer(call);
    if (!timer) {
        return timer.error();
    }
    const auto before = record_of<Timespec>(timer.value()->rest());
    const std::uint64_t start = (flags & ABSOLUTE) != 0 ? 0 : call.kernel.now();
    timer.value()->set({.at = *value == 0 ? 0 : start + *value, .interval = *interval});
    return call.argument(3) == 0 ? SyscallResult(0U) : SyscallResult(call.memory.write(call.pointer(3), before));
}

template <typename Timespec>
SyscallResult get_times(Syscall& call) {
    const auto timer = find_timer(call);
    return timer ? SyscallResult(call.memory.write(call.pointer(1), record_of<Timespec>(timer.value()->look())))
                 : SyscallResult(timer.error());
}

/// Whether a clock of clock_gettime() has such timers; all of them tell the same time.
bool has_timer_files(std::uint32_t clock) {
    constexpr std::uint32_t REALTIME = 0, MONOTONIC = 1, BOOTTIME = 7, REALTIME_ALARM = 8, BOOTTIME_ALARM = 9;
    return clock == REALTIME || clock == MONOTONIC || clock == BOOTTIME || clock == REALTIME_ALARM ||
           clock == BOOTTIME_ALARM;
}

}  // namespace

SyscallResult sys_timerfd_create(Syscall& call) {
    const std::uint32_t flags = call.argument(1);
    if ((flags & ~(OpenFlags::NONBLOCK | OpenFlags::CLOEXEC)) != 0 || !has_timer_files(call.argument(0))) {
        return Errno::INVAL;
    }
    auto timer = call.kernel.filesystem().make_timer();
    timer->set_block_mode(block_mode(flags));
    return call.process.files().install(std::move(timer), 0, close_on_exec(flags));
}

SyscallResult sys_timerfd_settime(Syscall& call) { return set_times<Timespec32>(call); }
SyscallResult sys_timerfd_settime64(Syscall& call) { return set_times<Timespec64>(call); }
SyscallResult sys_timerfd_gettime(Syscall& call) { return get_times<Timespec32>(call); }
SyscallResult sys_timerfd_gettime64(Syscall& call) { return get_times<Timespec64>(call); }

}  // namespace vmlab::linux_abi
