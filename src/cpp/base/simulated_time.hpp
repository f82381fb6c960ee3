// SPDX-License-Identifier: GPL-2.0-only
// Simulated time, as everything here counts it: a unit is an instruction, or a nanosecond of waiting.
#pragma once

#include <cstdint>

namespace vmlab {

inline constexpr std::uint64_t MILLISECOND = 1'000'000;
inline constexpr std::uint64_t SECOND = 1'000'000'000;
inline constexpr std::uint64_t NEVER = ~std::uint64_t{0};  ///< a time that does not come

}  // namespace vmlab
