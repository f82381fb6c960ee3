// SPDX-License-Identifier: GPL-2.0-only
// make_policy: the replacement policies by name.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// What some policies need to know. Times are in units of Candidates::now(): references in a simulation, instructions live.
struct PolicyOptions {
    std::uint64_t seed = 0;    ///< of "random"
    std::uint64_t tau = 1000;  ///< of "working-set" and "wsclock": a page used less than tau ago is in the working set
    /// Of "two-handed-clock": so many pages are between the hands; without it half of those in memory.
    std::optional<std::uint32_t> hand_spread;
    /// The time between two calls of on_tick, if the owner makes them; with 0 it does not, and "aging" and "nru" sweep when
    /// they select.
    std::uint64_t tick = 0;
    std::optional<std::vector<PageIdentity>> future;  ///< of "opt", which must have it: the page of each access to come
};

using MadePolicy = Result<std::unique_ptr<ReplacementPolicy>, std::string>;

/// What a policy must be told to do what its name says.
enum class PolicyNeeds : std::uint8_t {
    AccessBits,   ///< nothing but the A and D bits, which the processor sets
    EveryAccess,  ///< on_access for each reference; without it the choices would be another policy's
};

/// One policy, and what it takes.
struct PolicyInfo {
    std::string_view name;
    PolicyNeeds needs;
    std::array<std::string_view, 2> options;  ///< names of members of PolicyOptions; empty where there are fewer
    MadePolicy (*make)(const PolicyOptions&);

    [[nodiscard]] bool takes(std::string_view option) const;
};

/// All policies, in the order of the docs.
[[nodiscard]] std::span<const PolicyInfo> policies();
/// The names of those that a kernel can run which does not see each access.
[[nodiscard]] std::vector<std::string_view> policy_names();
/// Nothing when there is none of this name.
[[nodiscard]] const PolicyInfo* find_policy(std::string_view name);
/// Fails with a sentence that says what is wrong; it lists the names when the name is.
[[nodiscard]] MadePolicy make_policy(std::string_view name, const PolicyOptions& options);

}  // namespace vmlab
