// SPDX-License-Identifier: GPL-2.0-only
// The processor's exception vectors 0 to 20 by name (Intel SDM vol. 3, 6.3) and which of them push an error code.
#pragma once

#include <cstdint>

namespace vmlab {

enum class Vector : std::uint8_t {
    DivideError = 0,
    Debug = 1,
    Nmi = 2,
    Breakpoint = 3,
    Overflow = 4,
    BoundRange = 5,
    InvalidOpcode = 6,
    DeviceNotAvailable = 7,
    DoubleFault = 8,
    CoprocessorOverrun = 9,
    InvalidTss = 10,
    SegmentNotPresent = 11,
    StackFault = 12,
    GeneralProtection = 13,
    PageFault = 14,
    FloatingPoint = 16,
    AlignmentCheck = 17,
    MachineCheck = 18,
    SimdFloatingPoint = 19,
    Virtualization = 20,
};

[[nodiscard]] constexpr bool pushes_error_code(std::uint8_t vector) {
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

/// "#PF", "#GP", ...; "" for a vector that is no exception.
[[nodiscard]] const char* mnemonic_of(std::uint8_t vector);

}  // namespace vmlab
