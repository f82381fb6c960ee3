// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/polling.hpp"

#include "abi/linux/signals.hpp"

namespace vmlab::linux_abi {

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
    block_during_call(call, {*set});
    return Done{};
}

// What interrupted the call is still to be delivered with the other mask; who was not interrupted has it back at once.
void end_mask(Syscall& call) {
    if (is_over(call) && !call.process.signals.interrupted) {
        unblock_after_call(call.process);
    }
}

}  // namespace vmlab::linux_abi
