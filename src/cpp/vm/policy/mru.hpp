// SPDX-License-Identifier: GPL-2.0-only
// Most recently used: the page referenced last leaves. It is the best one for loops longer than memory.
#pragma once

#include "vm/policy/frame_list.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

class Mru final : public ReplacementPolicy {
public:
    [[nodiscard]] std::string_view name() const override { return "mru"; }
    void on_insert(FrameNumber frame, PageIdentity) override { recency_.push_back(frame); }
    void on_access(FrameNumber frame, Access) override { recency_.move_to_back(frame); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { recency_.remove(frame); }

private:
    FrameList recency_;  ///< least recent first
};

}  // namespace vmlab
