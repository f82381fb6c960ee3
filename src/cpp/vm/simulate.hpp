// SPDX-License-Identifier: GPL-2.0-only
// simulate: a replacement policy on a string of page references, without a machine; the same policy classes as in the kernel.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vm/policy/policies.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// The reference string.
struct References {
    std::span<const std::uint64_t> pages;
    std::span<const std::uint8_t>
        writes;  ///< not 0: the page is written; as long as `pages`, or empty when all are read
};

enum class Tracing : std::uint8_t { Off, On };

struct SimulationConfig {
    std::uint64_t frames = 0;
    std::uint64_t tick = 0;  ///< on_tick is called after each so many references; 0: never
    Tracing tracing = Tracing::Off;
    std::function<void()> poll = {};  ///< called now and then, if given; what it throws ends the simulation
};

/// What one reference came to.
struct SimulationStep {
    std::uint32_t frame = 0;  ///< where the page is now
    bool hit = false;
    std::optional<std::uint64_t> victim;  ///< the page that left the frame for it
};

struct Simulation {
    std::uint64_t hits = 0;
    std::uint64_t cold_misses = 0;      ///< at the first reference to a page
    std::uint64_t capacity_misses = 0;  ///< of pages that were in memory before
    std::uint64_t evictions = 0;
    std::uint64_t writebacks = 0;       ///< evictions of modified pages
    std::vector<SimulationStep> trace;  ///< a step a reference, with Tracing::On
};

/// Demand paging: a page comes in when it is referenced, into the lowest frame that was never used, or else in place of a
/// victim. Each reference sets the page's A bit, a write its D bit too, and is reported to the policy.
/// Requires: frames is not 0; writes is empty or as long as pages; the policy is fresh.
/// Throws PolicyError when the policy chooses what it must not, and whatever the policy throws.
[[nodiscard]] Simulation simulate(const References& references, const SimulationConfig& config,
                                  ReplacementPolicy& policy);

/// The policy by name for a simulation of just these references: "opt" is told them as its future.
/// Fails as make_policy does.
[[nodiscard]] MadePolicy make_policy_for(std::string_view name, PolicyOptions options, const References& references);

}  // namespace vmlab
