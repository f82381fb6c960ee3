// SPDX-License-Identifier: GPL-2.0-only
// Two-handed clock: the leading hand clears A bits, the trailing hand takes the first page whose bit is still clear.
#pragma once

#include <cstdint>
#include <optional>

#include "vm/policy/frame_list.hpp"
#include "vm/policy/per_frame.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Lecture 004's policy of Linux, from 4.3BSD. A page has the time between the hands to show that it is used, not a whole
/// round; hands far apart are kind to pages, hands close together find victims fast.
/// Invariants: the trailing hand stands at the ring's front; the leading hand stands `between_` pages on, at leading_,
/// or past the last page when that is empty; the pages between them are those that passed_ marks.
class TwoHandedClock final : public ReplacementPolicy {
public:
    /// The hands are `spread` pages apart, at most the ring but one; without it half the ring. Requires: spread is not 0.
    explicit TwoHandedClock(std::optional<std::uint32_t> spread) : spread_(spread) {}
    [[nodiscard]] std::string_view name() const override { return "two-handed-clock"; }
    /// Behind both hands.
    void on_insert(FrameNumber frame, PageIdentity) override;
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override;

private:
    enum class Passed : std::uint8_t { No, ByLeadingHand };

    void move_leading_hand(Candidates& candidates);
    void move_trailing_hand();

    std::optional<std::uint32_t> spread_;
    FrameList ring_;
    PerFrame<Passed> passed_;
    std::optional<FrameNumber> leading_;
    std::uint32_t between_ = 0;
};

}  // namespace vmlab
