// SPDX-License-Identifier: GPL-2.0-only
// PolicyFixture: a policy and frames whose A and D bits the test sets; and simulations written in one line.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "vm/simulate.hpp"

namespace vmlab_test {

/// Frames as a kernel would show them, with the bits in plain sight.
class ScriptedFrames final : public vmlab::Candidates {
public:
    struct Bits {
        bool accessed = true;
        bool modified = false;
        bool busy = false;
    };

    [[nodiscard]] bool may_evict(vmlab::FrameNumber frame) const override {
        return frames.contains(frame.value) && !frames.at(frame.value).busy;
    }
    [[nodiscard]] bool is_accessed(vmlab::FrameNumber frame) const override { return frames.at(frame.value).accessed; }
    [[nodiscard]] bool test_and_clear_accessed(vmlab::FrameNumber frame) override {
        return std::exchange(frames.at(frame.value).accessed, false);
    }
    [[nodiscard]] bool is_modified(vmlab::FrameNumber frame) const override { return frames.at(frame.value).modified; }
    [[nodiscard]] std::uint64_t now() const override { return time; }

    std::map<std::uint32_t, Bits> frames;
    std::uint64_t time = 0;
};

/// A policy and the frames it was told of.
template <typename Policy>
struct PolicyFixture {
    template <typename... Arguments>
    explicit PolicyFixture(Arguments... arguments) : policy(arguments...) {}

    /// Page n comes into frame n, by an access.
    void insert(std::initializer_list<std::uint32_t> inserted) {
        for (const std::uint32_t frame : inserted) {
            candidates.frames[frame] = {};
            policy.on_insert(vmlab::FrameNumber(frame), {0, vmlab::PageIndex(frame)});
            policy.on_access(vmlab::FrameNumber(frame), vmlab::Access::Read);
        }
    }
    void access(std::initializer_list<std::uint32_t> accessed) {
        for (const std::uint32_t frame : accessed) {
            candidates.frames.at(frame).accessed = true;
            policy.on_access(vmlab::FrameNumber(frame), vmlab::Access::Read);
        }
    }
    void clear_accessed() {
        for (auto& [frame, bits] : candidates.frames) {
            bits.accessed = false;
        }
    }
    [[nodiscard]] std::optional<std::uint32_t> select() {
        const auto victim = policy.select_victim(candidates);
        return victim ? std::optional(victim->value) : std::nullopt;
    }
    /// Selects and evicts.
    std::optional<std::uint32_t> evict() {
        const auto victim = select();
        if (victim) {
            remove(*victim);
        }
        return victim;
    }
    void remove(std::uint32_t frame) {
        policy.on_evict(vmlab::FrameNumber(frame));
        candidates.frames.erase(frame);
    }
    /// All that are left, in the order in which the policy gives them up.
    [[nodiscard]] std::vector<std::uint32_t> evict_all() {
        std::vector<std::uint32_t> order;
        while (const auto victim = evict()) {
            order.push_back(*victim);
        }
        return order;
    }

    ScriptedFrames candidates;
    Policy policy;
};

using Order = std::vector<std::uint32_t>;
using Pages = std::vector<std::uint64_t>;

inline vmlab::Simulation simulated(const Pages& pages, std::uint64_t frames, std::string_view name,
                                   vmlab::PolicyOptions options = {}) {
    const vmlab::References references{pages, {}};
    const vmlab::SimulationConfig config{.frames = frames, .tick = options.tick, .tracing = vmlab::Tracing::On};
    auto policy = vmlab::make_policy_for(name, std::move(options), references);
    REQUIRE(policy.ok());
    return vmlab::simulate(references, config, *policy.value());
}

inline std::uint64_t misses(const Pages& pages, std::uint64_t frames, std::string_view name,
                            vmlab::PolicyOptions options = {}) {
    const vmlab::Simulation simulation = simulated(pages, frames, name, std::move(options));
    return simulation.cold_misses + simulation.capacity_misses;
}

// Reference strings with answers that courses publish and that were recomputed by hand.
inline const Pages BELADY = {1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5};
inline const Pages OSTEP = {0, 1, 2, 0, 1, 3, 0, 3, 1, 2, 1};
inline const Pages LOOP = {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5};

}  // namespace vmlab_test
