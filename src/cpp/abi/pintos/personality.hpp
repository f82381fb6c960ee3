// SPDX-License-Identifier: GPL-2.0-only
// The Pintos ABI, projects 2 and 3 and what of project 4 user programs need.
#pragma once

#include <memory>

#include "kernel/personality.hpp"

namespace vmlab {

[[nodiscard]] std::unique_ptr<Personality> make_pintos_personality();

}  // namespace vmlab
