// SPDX-License-Identifier: GPL-2.0-only
// Not recently used: a page of the lowest of four classes leaves, by the A and D bits.
#pragma once

#include "vm/policy/frame_list.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Class 0: neither accessed nor modified; 1: modified; 2: accessed; 3: both. Within a class the page leaves that came in
/// first. A sweep clears the A bits.
class Nru final : public ReplacementPolicy {
public:
    explicit Nru(SweepAt sweep) : sweep_at_(sweep) {}
    [[nodiscard]] std::string_view name() const override { return "nru"; }
    void on_insert(FrameNumber frame, PageIdentity) override { frames_.push_back(frame); }
    void on_tick(Candidates& candidates) override { sweep(candidates); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { frames_.remove(frame); }

private:
    void sweep(Candidates& candidates);

    SweepAt sweep_at_;
    FrameList frames_;  ///< oldest first
};

}  // namespace vmlab
