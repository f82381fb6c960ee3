// SPDX-License-Identifier: GPL-2.0-only
// What the system calls of all ABIs have in common: their records in the log, and how their results reach the caller.
#pragma once

#include <cstdint>
#include <span>

#include "kernel/kernel.hpp"

namespace vmlab {

/// Writes a call on its way in to the log; arguments that it has not show as 0. Requires: six at most.
void note_call(Kernel& kernel, const Process& process, std::uint32_t number, std::span<const std::uint32_t> arguments);

/// Writes to the log that the ABI has no such call.
void note_unknown_call(Kernel& kernel, const Process& process, std::uint32_t number);

/// Whether a call has a result: its caller has neither ended nor waits.
[[nodiscard]] bool has_returned(const Process& process);

/// Gives the caller its result. `caller` is the pid of the process when it called: a thread that executes a program has
/// another then.
void return_from_call(Kernel& kernel, Process& process, std::uint32_t caller, std::uint32_t number,
                      std::uint32_t result);

/// Whether a call's number is its place in the table.
[[nodiscard]] constexpr bool numbered_in_order(std::span<const SyscallName> table) {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].number != i) {
            return false;
        }
    }
    return true;
}

}  // namespace vmlab
