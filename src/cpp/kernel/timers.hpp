// SPDX-License-Identifier: GPL-2.0-only
// Timers that send signals: the three that each process has, and those that it makes for itself.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/signal.hpp"

namespace vmlab {

/// When it expires. Elsewhere: struct itimerval, struct itimerspec.
struct IntervalTimer {
    std::uint64_t at = 0;        ///< the time of the next; 0: it is not set
    std::uint64_t interval = 0;  ///< from then on; 0: once
};

/// By which time a timer goes: that of all, or what the threads of the process have run, in ring 3 alone or in all.
enum class TimerKind : std::uint8_t { Real, Virtual, Profile };
inline constexpr std::size_t TIMER_KINDS = 3;

/// A timer that a program made for itself. Elsewhere: struct k_itimer (Linux), timer_t.
/// Once it has expired it waits until its signal was taken; only then it is known how often it would have expired meanwhile.
struct MadeTimer {
    std::uint32_t id = 0;
    TimerKind kind = TimerKind::Real;
    std::uint32_t by_thread = 0;  ///< pid of the one thread whose time counts; 0: that of all
    IntervalTimer times;
    bool waits = false;            ///< its signal was sent and not yet taken
    Signal signal = Signal::None;  ///< None: nobody is told
    std::uint32_t value = 0;       ///< that goes with the signal
    std::uint32_t to_thread = 0;   ///< pid of the thread that is told; 0: the process
    std::uint32_t overrun = 0;     ///< expirations beside the one whose signal was taken last
};

}  // namespace vmlab
