// SPDX-License-Identifier: GPL-2.0-only
// LinuxPersonality: i386 Linux, as far as static programs of one process need it.
#pragma once

#include <memory>

#include "kernel/personality.hpp"

namespace vmlab {

[[nodiscard]] std::unique_ptr<Personality> make_linux_personality();

}  // namespace vmlab
