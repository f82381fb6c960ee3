// SPDX-License-Identifier: GPL-2.0-only
// What poll() and select() have in common: what a file is ready for, and the wait until one is.
#pragma once

#include <optional>

#include "abi/linux/syscall.hpp"
#include "abi/linux/waiting.hpp"

namespace vmlab::linux_abi {

/// The names that follow POLL.
struct PollEvents {
    static constexpr std::uint32_t IN = 0x1, PRI = 0x2, OUT = 0x4, ERR = 0x8, HUP = 0x10, NVAL = 0x20;
    static constexpr std::uint32_t RDNORM = 0x40, WRNORM = 0x100;
};

/// Everything that the file is ready for, asked for or not.
[[nodiscard]] std::uint32_t poll_events(const OpenFile& file);

/// Adds where to wait for these events.
void add_channels(FileWait& wait, const OpenFile& file, std::uint32_t events);

/// When the call is to end at last; NEVER without a time. What it is asked for counts when it is first made.
inline constexpr std::uint64_t NEVER = ~std::uint64_t{0};
[[nodiscard]] std::uint64_t deadline_of(const Syscall& call, std::optional<std::uint64_t> units);

/// The mask of ppoll() and pselect() blocks signals instead of the caller's own until end_mask(). Fails: INVAL, FAULT.
[[nodiscard]] Result<Done, Errno> wait_with_mask(Syscall& call, VirtAddr mask, std::uint32_t bytes);
void end_mask(Syscall& call);

/// A structure that says how long to wait, where there is one; its address 0 means for ever. Fails: FAULT, INVAL.
template <typename Timespec>
[[nodiscard]] Result<std::optional<std::uint64_t>, Errno> read_timeout(Syscall& call, VirtAddr address);

/// Tells how much time is left, where that was asked for; also who asked for no time at all keeps what it gave.
template <typename Timespec>
void write_time_left(Syscall& call, VirtAddr address, std::uint64_t deadline);

}  // namespace vmlab::linux_abi
