// SPDX-License-Identifier: GPL-2.0-only
// A command line and the words in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmlab::pintos_abi {

/// The words between spaces; several spaces are as one.
[[nodiscard]] std::vector<std::string> split_command(std::string_view line);
[[nodiscard]] std::string join_command(const std::vector<std::string>& words);

}  // namespace vmlab::pintos_abi
