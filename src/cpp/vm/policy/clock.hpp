// SPDX-License-Identifier: GPL-2.0-only
// Clock: the hand passes over pages that were accessed since it came by last, and takes the first that was not.
#pragma once

#include "vm/policy/frame_list.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// One-handed clock, which is second chance with the queue bent into a ring.
/// Invariant: the ring's order is the list's, the hand stands at its front.
class Clock final : public ReplacementPolicy {
public:
    [[nodiscard]] std::string_view name() const override { return "clock"; }
    /// Behind the hand: it is looked at last.
    void on_insert(FrameNumber frame, PageIdentity) override { ring_.push_back(frame); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { ring_.remove(frame); }

private:
    FrameList ring_;
};

}  // namespace vmlab
