// SPDX-License-Identifier: GPL-2.0-only
// When a run ends, and why it did.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>

#include "trace/tracer.hpp"

namespace vmlab {

enum class StopReason : std::uint8_t {
    Exited,       ///< no process is left alive
    Event,        ///< an event that the caller waited for
    Budget,       ///< the instructions allowed are used up
    Deadlock,     ///< processes are left, and none can ever run
    Interrupted,  ///< the host asked (Ctrl-C)
    Input,        ///< nobody can run before somebody types something
};

/// What a run may do. A trap costs one unit of budget too, so that a fault retried for ever ends.
struct RunLimits {
    std::uint64_t budget = ~std::uint64_t{0};
    /// Stop at the first event of these kinds for which `accepts` (if any) says so.
    std::bitset<EVENT_KINDS> stop_at;
    std::function<bool(const EventView&)> accepts;
    /// Stop at the event with this index; for replay.
    std::optional<std::uint64_t> stop_at_index;
    /// Asked between slices.
    std::function<bool()> interrupted;
};

struct Stop {
    StopReason reason = StopReason::Exited;
    std::optional<std::uint64_t> event;  ///< its index in the log
    std::uint64_t instructions = 0;      ///< executed by this run
};

}  // namespace vmlab
