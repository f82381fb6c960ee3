// SPDX-License-Identifier: GPL-2.0-only
// Paths as xv6 reads them: names are cut at 14 characters, slashes in a row and at the end count for nothing.
#pragma once

#include <string>
#include <string_view>

#include "kernel/kernel.hpp"

namespace vmlab::xv6_abi {

/// A path that the filesystem understands, and what it ends with.
struct Path {
    std::string text;  ///< never empty: a path of no names leads to where it begins
    std::string last;  ///< the last name; "" when there is none
    [[nodiscard]] bool is_dots() const { return last == "." || last == ".."; }
    /// Whether a file can be made, linked or removed under it.
    [[nodiscard]] bool names_entry() const { return !last.empty() && !is_dots(); }
};

[[nodiscard]] Path read_path(std::string_view text);

/// Where a relative path of the process begins.
[[nodiscard]] std::string directory_for(const Process& process, const Path& path);

/// The path in the guest of a file that the user brings: cut names, and without the underscore that keeps a host from taking
/// xv6's programs for its own.
[[nodiscard]] std::string path_of_users_file(std::string_view path);

}  // namespace vmlab::xv6_abi
