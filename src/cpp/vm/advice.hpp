// SPDX-License-Identifier: GPL-2.0-only
// Advice: what a program says of how it will use a range, as madvise() takes it.
#pragma once

#include <cstdint>

namespace vmlab {

/// What a program says of a part of its memory (madvise).
enum class Advice : std::uint8_t {
    Normal,
    Random,      ///< no neighbours are worth bringing in
    Sequential,  ///< the next ones are
    WillNeed,
    DontNeed,
    Free,
    Cold,         ///< it may leave before others
    PageOut,      ///< it is to leave now
    Inherit,      ///< a forked child gets it
    LeaveOnFork,  ///< it does not
    WipeOnFork,   ///< it gets zeros there
};

}  // namespace vmlab
