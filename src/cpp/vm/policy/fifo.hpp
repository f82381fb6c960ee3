// SPDX-License-Identifier: GPL-2.0-only
// First in, first out: the page that has been in memory longest leaves. Shows Belady's anomaly.
#pragma once

#include "vm/policy/frame_list.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

class Fifo final : public ReplacementPolicy {
public:
    [[nodiscard]] std::string_view name() const override { return "fifo"; }
    void on_insert(FrameNumber frame, PageIdentity) override { queue_.push_back(frame); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { queue_.remove(frame); }

private:
    FrameList queue_;  ///< oldest first
};

}  // namespace vmlab
