// SPDX-License-Identifier: GPL-2.0-only
// The scheduler's policies by Linux's numbers, and what a child does not have of its parent's.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernel/process.hpp"

namespace vmlab::linux_abi {

/// What follows SCHED_. Process::scheduling_policy is one of the ordinary ones, with or without RESET_ON_FORK.
struct SchedulingPolicy {
    static constexpr std::uint32_t OTHER = 0, FIFO = 1, ROUND_ROBIN = 2, BATCH = 3, IDLE = 5;
    static constexpr std::uint32_t RESET_ON_FORK = 0x40000000;

    [[nodiscard]] static bool is_ordinary(std::uint32_t policy) {
        return policy == OTHER || policy == BATCH || policy == IDLE;
    }
};

/// A child's advantages go, where its parent asked for that; it asks for nothing itself.
inline void reset_after_fork(Process& child) {
    if ((child.scheduling_policy & SchedulingPolicy::RESET_ON_FORK) != 0) {
        child.scheduling_policy &= ~SchedulingPolicy::RESET_ON_FORK;
        child.niceness = std::max(child.niceness, 0);
    }
}

}  // namespace vmlab::linux_abi
