// SPDX-License-Identifier: GPL-2.0-only
// Aging: LRU in software. Each sweep shifts a page's A bit into a counter; the page with the smallest one leaves.
#pragma once

#include <cstdint>

#include "vm/policy/frame_list.hpp"
#include "vm/policy/per_frame.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Elsewhere: additional reference bits; not frequently used with aging.
/// Among equals the page leaves that came in first. A page that was accessed since the last sweep ranks above all others.
class Aging final : public ReplacementPolicy {
public:
    explicit Aging(SweepAt sweep) : sweep_at_(sweep) {}
    [[nodiscard]] std::string_view name() const override { return "aging"; }
    void on_insert(FrameNumber frame, PageIdentity) override;
    void on_tick(Candidates& candidates) override { sweep(candidates); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { frames_.remove(frame); }

    /// The counter of a page in memory: its A bits of the last eight sweeps, the latest on top.
    [[nodiscard]] std::uint8_t age(FrameNumber frame) { return ages_[frame]; }

private:
    void sweep(Candidates& candidates);

    SweepAt sweep_at_;
    FrameList frames_;  ///< oldest first
    PerFrame<std::uint8_t> ages_;
};

}  // namespace vmlab
