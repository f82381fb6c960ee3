// SPDX-License-Identifier: GPL-2.0-only
// WSClock: a clock whose hand takes clean pages that were not used during the last tau.
#pragma once

#include <cstdint>

#include "vm/policy/frame_list.hpp"
#include "vm/policy/last_use.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Carr and Hennessy's working set on a clock: the hand looks at as few pages as it must, not at all.
/// A round that finds no clean page outside the working set ends, in this order, with: the first modified page outside it;
/// the clean page used longest ago; the page used longest ago.
class WsClock final : public ReplacementPolicy {
public:
    /// A page is in the working set if it was used less than tau ago.
    explicit WsClock(std::uint64_t tau) : tau_(tau) {}
    [[nodiscard]] std::string_view name() const override { return "wsclock"; }
    /// Behind the hand.
    void on_insert(FrameNumber frame, PageIdentity) override;
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override { ring_.remove(frame); }

private:
    std::uint64_t tau_;
    FrameList ring_;  ///< the hand stands at its front
    LastUse last_use_;
};

}  // namespace vmlab
