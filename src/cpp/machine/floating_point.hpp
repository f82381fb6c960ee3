// SPDX-License-Identifier: GPL-2.0-only
// FloatingPoint: the x87 and SSE registers of one context, as a kernel saves them for a signal handler.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vmlab {

/// Intel SDM volume 1, chapters 8 and 10. The values here are those after FNINIT.
struct FloatingPoint {
    std::uint16_t control = 0x37F;
    std::uint16_t status = 0;     ///< bits 11 to 13: which register is ST(0)
    std::uint16_t tags = 0xFFFF;  ///< two bits a physical register; 3: empty
    std::uint32_t mxcsr = 0x1F80;
    std::array<std::array<std::byte, 10>, 8> st{};  ///< ST(0) first
    std::array<std::array<std::byte, 16>, 8> xmm{};
    bool operator==(const FloatingPoint&) const = default;

    [[nodiscard]] std::uint32_t top() const { return (status >> 11) & 7U; }
    [[nodiscard]] bool is_empty(std::uint32_t physical) const { return ((tags >> (2 * physical)) & 3U) == 3U; }
};

}  // namespace vmlab
