// SPDX-License-Identifier: GPL-2.0-only
// The ABIs by name: the one list from which a Lab chooses.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kernel/personality.hpp"

namespace vmlab {

[[nodiscard]] std::vector<std::string_view> abi_names();

/// Fails with a sentence that names the ABIs there are.
[[nodiscard]] Result<std::unique_ptr<Personality>, std::string> make_personality(std::string_view name);

}  // namespace vmlab
