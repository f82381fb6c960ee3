// SPDX-License-Identifier: GPL-2.0-only
// make_policy: the replacement policies by name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// What some policies need to know.
struct PolicyOptions {
    std::uint64_t seed = 0;  ///< of "random"
};

/// The names that make_policy knows, in the order of the docs.
[[nodiscard]] std::vector<std::string_view> policy_names();
/// Fails with a sentence that lists the names.
[[nodiscard]] Result<std::unique_ptr<ReplacementPolicy>, std::string> make_policy(std::string_view name,
                                                                                  const PolicyOptions& options);

}  // namespace vmlab
