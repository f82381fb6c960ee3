// SPDX-License-Identifier: GPL-2.0-only
// poll and ppoll.
#include <vector>

#include "abi/linux/polling.hpp"
#include "abi/linux/time_records.hpp"
#include "abi/linux/timeouts.hpp"

namespace vmlab::linux_abi {

namespace {

/// struct pollfd.
struct Polled {
    std::int32_t descriptor;
    std::uint16_t wanted, found;
};

/// What is found of one descriptor; where that is nothing, `wait` says where to wait for it.
std::uint16_t look_at(Process& process, const Polled& polled, FileWait& wait) {
    if (polled.descriptor < 0) {
        return 0;
    }
    const OpenFile* const file = process.files().find(static_cast<std::uint32_t>(polled.descriptor));
    if (file == nullptr) {
        return PollEvents::NVAL;
    }
    add_channels(wait, *file, polled.wanted);
    return static_cast<std::uint16_t>(poll_events(*file) & (polled.wanted | PollEvents::ERR | PollEvents::HUP));
}

SyscallResult write_found(Syscall& call, const std::vector<Polled>& list) {
    std::uint32_t ready = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto at = static_cast<std::uint32_t>(i * sizeof(Polled) + offsetof(Polled, found));
        if (call.memory.write(call.pointer(0) + at, list[i].found) == CopyResult::Fault) {
            return Errno::FAULT;
        }
        ready += list[i].found != 0 ? 1 : 0;
    }
    return ready;
}

SyscallResult poll_until(Syscall& call, std::uint64_t deadline, OnSignal how) {
    if (call.argument(1) > call.process.files().limit()) {
        return Errno::INVAL;
    }
    std::vector<Polled> list(call.argument(1));
    if (call.memory.copy_in(call.pointer(0), std::as_writable_bytes(std::span(list))) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    FileWait wait;
    bool found = false;
    for (Polled& polled : list) {
        polled.found = look_at(call.process, polled, wait);
        found = found || polled.found != 0;
    }
    if (found || deadline <= call.kernel.now()) {
        return write_found(call, list);
    }
    return wait_for(call, std::move(wait), how, deadline);
}

template <typename Timespec>
SyscallResult poll_with_mask(Syscall& call) {
    const auto timeout = read_timeout<Timespec>(call, call.pointer(2));
    if (!timeout) {
        return timeout.error();
    }
    if (const auto mask = wait_with_mask(call, call.pointer(3), call.argument(4)); !mask) {
        return mask.error();
    }
    const std::uint64_t deadline = deadline_of(call, timeout.value());
    const SyscallResult found = poll_until(call, deadline, OnSignal::RestartNoHandler);
    end_mask(call);
    if (is_over(call)) {
        write_time_left<Timespec>(call, call.pointer(2), deadline);
    }
    return found;
}

}  // namespace

SyscallResult sys_poll(Syscall& call) {
    return poll_until(call, deadline_of(call, time_in_milliseconds(call.argument(2))), OnSignal::GoOn);
}

SyscallResult sys_ppoll(Syscall& call) { return poll_with_mask<Timespec32>(call); }
SyscallResult sys_ppoll64(Syscall& call) { return poll_with_mask<Timespec64>(call); }

}  // namespace vmlab::linux_abi
