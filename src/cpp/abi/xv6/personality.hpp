// SPDX-License-Identifier: GPL-2.0-only
// Xv6Personality: the teaching system xv6 in its x86 version.
#pragma once

#include <memory>

#include "kernel/personality.hpp"

namespace vmlab {

[[nodiscard]] std::unique_ptr<Personality> make_xv6_personality();

}  // namespace vmlab
