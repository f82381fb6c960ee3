// SPDX-License-Identifier: GPL-2.0-only
// hex: an address or another number as sentences for the user show it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace vmlab {

/// Eight digits at least: 0x08048000.
[[nodiscard]] inline std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(value));
    return text;
}

}  // namespace vmlab
