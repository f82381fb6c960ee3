// SPDX-License-Identifier: GPL-2.0-only
// What a memory access is (read, write, fetch) and at which privilege level it is made.
#pragma once

#include <cstdint>

namespace vmlab {

enum class Access : std::uint8_t { Read, Write, Fetch };
enum class Privilege : std::uint8_t { Supervisor, User };

}  // namespace vmlab
