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
};

}  // namespace vmlab
