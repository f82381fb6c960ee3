// SPDX-License-Identifier: GPL-2.0-only
// How long a call waits at most: the structure that says so, the time when it ends, and what is left of it.
#pragma once

#include <optional>

#include "abi/linux/syscall.hpp"
#include "base/simulated_time.hpp"

namespace vmlab::linux_abi {

/// A structure that says how long to wait, where there is one; its address 0 means for ever. Fails: FAULT, INVAL.
template <typename Timespec>
[[nodiscard]] Result<std::optional<std::uint64_t>, Errno> read_timeout(Syscall& call, VirtAddr address);

/// A word that says how many milliseconds to wait; less than 0 means for ever.
[[nodiscard]] inline std::optional<std::uint64_t> time_in_milliseconds(std::uint32_t word) {
    return static_cast<std::int32_t>(word) < 0 ? std::nullopt : std::optional(word * MILLISECOND);
}

/// When the call is to end at last; NEVER without a time. What it is asked for counts when it is first made.
[[nodiscard]] std::uint64_t deadline_of(const Syscall& call, std::optional<std::uint64_t> units);

/// Tells how much time is left, where that was asked for; also who asked for no time at all keeps what it gave.
template <typename Timespec>
void write_time_left(Syscall& call, VirtAddr address, std::uint64_t deadline);

}  // namespace vmlab::linux_abi
