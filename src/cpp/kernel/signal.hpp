// SPDX-License-Identifier: GPL-2.0-only
// Signal numbers that a trap can end in; how they are delivered is the abi's matter.
#pragma once

#include <cstdint>

namespace vmlab {

enum class Signal : std::uint8_t {
    None = 0,
    Ill = 4,
    Trap = 5,
    Abort = 6,
    Bus = 7,
    FloatingPoint = 8,
    Kill = 9,
    Segv = 11,
    Pipe = 13,
    Term = 15,
};

}  // namespace vmlab
