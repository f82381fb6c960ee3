// SPDX-License-Identifier: GPL-2.0-only
// The JOS ABI: environments, and the kernel of one of the course's labs.
#pragma once

#include <memory>

#include "kernel/personality.hpp"

namespace vmlab {

[[nodiscard]] std::unique_ptr<Personality> make_jos_lab3_personality();
[[nodiscard]] std::unique_ptr<Personality> make_jos_lab4_personality();
[[nodiscard]] std::unique_ptr<Personality> make_jos_lab5_personality();

}  // namespace vmlab
