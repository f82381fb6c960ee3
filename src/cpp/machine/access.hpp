// SPDX-License-Identifier: GPL-2.0-only
// At which privilege level a memory access is made; what it wants (read, write, fetch) is the log's Access.
#pragma once

#include <cstdint>

#include "trace/vocabulary.hpp"

namespace vmlab {

enum class Privilege : std::uint8_t { Supervisor, User };

}  // namespace vmlab
