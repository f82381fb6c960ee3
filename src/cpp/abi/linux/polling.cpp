// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/polling.hpp"

#include "abi/linux/signals.hpp"

namespace vmlab::linux_abi {

namespace {

/// What input and output are called, as each kind of file calls them.
struct DirectionWords {
    std::uint32_t input, output;
};

DirectionWords words_of(Readiness::Words words) {
    using E = PollEvents;
    switch (words) {
        case Readiness::Words::Bare:
            return {E::IN, E::OUT};
        case Readiness::Words::Usual:
            return {E::IN | E::RDNORM, E::OUT | E::WRNORM};
        case Readiness::Words::Socket:
            return {E::IN | E::RDNORM, E::OUT | E::WRNORM | E::WRBAND};
    }
    throw Panic("a file without words for its readiness");
}

}  // namespace

std::uint32_t poll_events(const OpenFile& file) {
    const Readiness ready = file.readiness();
    const DirectionWords words = words_of(ready.words);
    return (ready.input ? words.input : 0U) | (ready.output ? words.output : 0U) |
           (ready.hangup ? PollEvents::HUP : 0U) | (ready.error ? PollEvents::ERR : 0U) |
           (ready.closing ? PollEvents::RDHUP : 0U);
}

// What nobody need ask for, a hangup or an error, comes to the same channels.
void add_channels(FileWait& wait, const OpenFile& file, std::uint32_t events) {
    constexpr std::uint32_t INPUT = PollEvents::IN | PollEvents::RDNORM,
                            OUTPUT = PollEvents::OUT | PollEvents::WRNORM | PollEvents::WRBAND;
    const auto add = [&](Direction direction) {
        if (const auto channel = file.wait_channel(direction)) {
            wait.channels.push_back(*channel);
        }
    };
    if (file.readable() && ((events & INPUT) != 0 || (events & OUTPUT) == 0 || !file.writable())) {
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
