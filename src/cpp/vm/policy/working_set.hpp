// SPDX-License-Identifier: GPL-2.0-only
// Working set: a page that was not used during the last tau leaves, the working set stays.
#pragma once

#include <cstdint>

#include "vm/policy/frame_list.hpp"
#include "vm/policy/last_use.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Denning's working set as Tanenbaum's page replacement algorithm: of the pages outside the working set the one leaves that
/// came in first; when all are inside, the one that was used longest ago.
/// The A bits are looked at when a victim is wanted and at ticks: with a tick after each reference the times are exact.
class WorkingSet final : public ReplacementPolicy {
public:
    /// A page is in the working set if it was used less than tau ago.
    explicit WorkingSet(std::uint64_t tau) : tau_(tau) {}
    [[nodiscard]] std::string_view name() const override { return "working-set"; }
    void on_insert(FrameNumber frame, PageIdentity) override;
    void on_tick(Candidates& candidates) override { sweep(candidates); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { frames_.remove(frame); }

private:
    void sweep(Candidates& candidates);

    std::uint64_t tau_;
    FrameList frames_;  ///< oldest first
    LastUse last_use_;
};

}  // namespace vmlab
