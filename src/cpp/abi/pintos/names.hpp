// SPDX-License-Identifier: GPL-2.0-only
// Names that files may get.
#pragma once

#include <optional>
#include <string>

namespace vmlab::pintos_abi {

/// Whether a path, which is nothing when it was too long to read, ends in a name that a file may have.
[[nodiscard]] bool is_new_name(const std::optional<std::string>& path);

}  // namespace vmlab::pintos_abi
