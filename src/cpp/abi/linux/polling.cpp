// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/polling.hpp"

#include <type_traits>

#include "abi/linux/signals.hpp"
#include "abi/linux/time_records.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t SIGNAL_SET_BYTES = 8;

}  // namespace

std::uint32_t poll_events(const OpenFile& file) {
    const Readiness ready = file.readiness();
    return (ready.input ? PollEvents::IN | PollEvents::RDNORM : 0U) |
           (ready.output ? PollEvents::OUT | PollEvents::WRNORM : 0U) | (ready.hangup ? PollEvents::HUP : 0U) |
           (ready.error ? PollEvents::ERR : 0U);
}

// What nobody need ask for, a hangup or an error, comes to the same channels.
void add_channels(FileWait& wait, const OpenFile& file, std::uint32_t events) {
    constexpr std::uint32_t INPUT = PollEvents::IN | PollEvents::RDNORM, OUTPUT = PollEvents::OUT | PollEvents::WRNORM;
    const auto add = [&](Direction direction) {
        if (const auto channel = file.wait_channel(direction)) {
            wait.channels.push_back(*channel);
        }
    };
    if (file.readable() && ((events & INPUT) != 0 || !file.writable())) {
        add(Direction::Input);
    }
    if (file.writable() && ((events & OUTPUT) != 0 || !file.readable())) {
        add(Direction::Output);
    }
}

std::uint64_t deadline_of(const Syscall& call, std::optional<std::uint64_t> units) {
    if (call.resumed) {
        return call.process.wake_at;
    }
    return units ? call.kernel.now() + *units : NEVER;
}

Result<Done, Errno> wait_with_mask(Syscall& call, VirtAddr mask, std::uint32_t bytes) {
    if (mask.value == 0) {
        return Done{};
    }
    if (bytes != SIGNAL_SET_BYTES) {
        return Failure(Errno::INVAL);
    }
    const auto set = call.memory.read<std::uint64_t>(mask);
    if (!set) {
        return Failure(Errno::FAULT);
    }
    SignalState& signals = call.process.signals;
    if (!call.resumed) {
        signals.blocked_before = signals.blocked;
        set_blocked(call.process, {*set});
    }
    return Done{};
}

// What interrupted the call is still to be delivered with the other mask; who was not interrupted has it back at once.
void end_mask(Syscall& call) {
    SignalState& signals = call.process.signals;
    if (is_over(call) && !signals.interrupted) {
        if (const auto before = std::exchange(signals.blocked_before, std::nullopt)) {
            signals.blocked = *before;
        }
    }
}

template <typename Timespec>
Result<std::optional<std::uint64_t>, Errno> read_timeout(Syscall& call, VirtAddr address) {
    if (address.value == 0) {
        return std::optional<std::uint64_t>();
    }
    const auto time = call.memory.read<Timespec>(address);
    if (!time) {
        return Failure(Errno::FAULT);
    }
    if constexpr (std::is_same_v<Timespec, Timeval>) {
        if (time->seconds < 0 || time->part < 0) {
            return Failure(Errno::INVAL);
        }
        return std::optional(static_cast<std::uint64_t>(time->seconds) * SECOND +
                             static_cast<std::uint64_t>(time->part) * Timeval::UNIT);  // a million and more count too
    } else {
        const auto units = time_of(*time);
        return units ? Result<std::optional<std::uint64_t>, Errno>(units) : Failure(Errno::INVAL);
    }
}

// Where the structure cannot be written, the result stands nevertheless.
template <typename Timespec>
void write_time_left(Syscall& call, VirtAddr address, std::uint64_t deadline) {
    if (address.value == 0) {
        return;
    }
    const std::uint64_t left = deadline - std::min(deadline, call.kernel.now());
    (void)call.memory.write(address, make_time<Timespec>(left));
}

template Result<std::optional<std::uint64_t>, Errno> read_timeout<Timeval>(Syscall&, VirtAddr);
template Result<std::optional<std::uint64_t>, Errno> read_timeout<Timespec32>(Syscall&, VirtAddr);
template Result<std::optional<std::uint64_t>, Errno> read_timeout<Timespec64>(Syscall&, VirtAddr);
template void write_time_left<Timeval>(Syscall&, VirtAddr, std::uint64_t);
template void write_time_left<Timespec32>(Syscall&, VirtAddr, std::uint64_t);
template void write_time_left<Timespec64>(Syscall&, VirtAddr, std::uint64_t);

}  // namespace vmlab::linux_abi
