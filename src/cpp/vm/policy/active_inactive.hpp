// SPDX-License-Identifier: GPL-2.0-only
// Active and inactive lists: pages leave from the inactive list only, unless they were accessed since they came onto it.
#pragma once

#include <cstdint>

#include "vm/policy/frame_list.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Lecture 004's global lists, moved between as 4.4BSD's pageout daemon does; Linux and Mach keep such lists too.
/// A page comes in active. A third of the pages is kept inactive, taken from the front of the active list with the A bit
/// cleared; an inactive page with its A bit set again goes back.
class ActiveInactive final : public ReplacementPolicy {
public:
    [[nodiscard]] std::string_view name() const override { return "active-inactive"; }
    void on_insert(FrameNumber frame, PageIdentity) override { active_.push_back(frame); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { (active_.contains(frame) ? active_ : inactive_).remove(frame); }

    [[nodiscard]] std::uint32_t active() const { return active_.size(); }
    [[nodiscard]] std::uint32_t inactive() const { return inactive_.size(); }

private:
    void deactivate(FrameNumber frame, Candidates& candidates);
    void activate(FrameNumber frame);
    /// The first inactive page that may leave; one is made inactive for it if need be.
    [[nodiscard]] std::optional<FrameNumber> oldest_inactive(Candidates& candidates);

    FrameList active_;  ///< both: longest there first
    FrameList inactive_;
};

}  // namespace vmlab
