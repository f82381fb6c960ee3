// SPDX-License-Identifier: GPL-2.0-only
// BalanceSetManager: keeps each process's working set to the pages that it uses, by a clock of its own.
#pragma once

#include <cstdint>

#include "vm/replacement_domain.hpp"

namespace vmlab {

class VirtualMemory;

/// A working set is what is charged to a process's ReplacementDomain. Each is guaranteed a minimum: a process is started only if
/// all minimums together can be had, and nobody takes a page from a set that is down to its own.
/// Elsewhere: balance set manager and working set manager (Windows).
/// Owner: the VirtualMemory.
class BalanceSetManager {
public:
    explicit BalanceSetManager(VirtualMemory& vm) : vm_(vm) {}

    /// Whether the profile has it.
    [[nodiscard]] bool on_duty() const;
    /// Between two slices of the processor: when the tick is due, one turn of the clock through each working set. A page that
    /// was not used since the last turn leaves, as long as the set is above its minimum.
    void run();

private:
    std::uint32_t turn(ReplacementDomains::Number number);

    VirtualMemory& vm_;
    std::uint64_t next_turn_ = 0;
};

}  // namespace vmlab
