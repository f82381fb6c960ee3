// SPDX-License-Identifier: GPL-2.0-only
// Least recently used: the page whose last reference is longest ago leaves. A stack algorithm, so without Belady's anomaly.
#pragma once

#include "vm/policy/frame_list.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Exact: every access is one step of the list. "aging" comes near it with A bits alone.
class Lru final : public ReplacementPolicy {
public:
    [[nodiscard]] std::string_view name() const override { return "lru"; }
    void on_insert(FrameNumber frame, PageIdentity) override { recency_.push_back(frame); }
    void on_access(FrameNumber frame, Access) override { recency_.move_to_back(frame); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { recency_.remove(frame); }

private:
    FrameList recency_;  ///< least recent first
};

}  // namespace vmlab
