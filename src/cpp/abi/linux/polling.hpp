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
    static constexpr std::uint32_t RDNORM = 0x40, WRNORM = 0x100, WRBAND = 0x200, RDHUP = 0x2000;
};

/// Everything that the file is ready for, asked for or not.
[[nodiscard]] std::uint32_t poll_events(const OpenFile& file);

/// Adds where to wait for these events.
void add_channels(FileWait& wait, const OpenFile& file, std::uint32_t events);

/// The mask of ppoll() and pselect() blocks signals instead of the caller's own until end_mask(). Fails: INVAL, FAULT.
[[nodiscard]] Result<Done, Errno> wait_with_mask(Syscall& call, VirtAddr mask, std::uint32_t bytes);
void end_mask(Syscall& call);

}  // namespace vmlab::linux_abi
