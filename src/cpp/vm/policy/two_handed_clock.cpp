// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/two_handed_clock.hpp"

#include <algorithm>

#include "vm/policy/selection.hpp"

namespace vmlab {

void TwoHandedClock::on_insert(FrameNumber frame, PageIdentity) {
    ring_.push_back(frame);
    passed_.set(frame, Passed::No);
    if (!leading_) {
        leading_ = frame;
    }
}

void TwoHandedClock::on_evict(FrameNumber frame) {
    if (leading_ == frame) {
        leading_ = ring_.after(frame);
    } else if (passed_[frame] == Passed::ByLeadingHand) {
        --between_;
    }
    ring_.remove(frame);
}

void TwoHandedClock::move_leading_hand(Candidates& candidates) {
    const std::uint32_t spread = std::min(spread_.value_or(std::max(ring_.size() / 2, 1U)), ring_.size() - 1);
    while (between_ < spread) {
        static_cast<void>(candidates.test_and_clear_accessed(*leading_));
        passed_[*leading_] = Passed::ByLeadingHand;
        leading_ = ring_.after(*leading_);
        ++between_;
    }
}

void TwoHandedClock::move_trailing_hand() {
    const FrameNumber frame = *ring_.front();
    passed_[frame] = Passed::No;
    --between_;
    ring_.move_to_back(frame);
    if (!leading_) {
        leading_ = frame;
    }
}

// Two rounds are enough: after `spread` steps each page that the trailing hand meets was cleared by this very call.
std::optional<FrameNumber> TwoHandedClock::select_victim(Candidates& candidates) {
    if (ring_.size() < 2) {
        return first_evictable(ring_, candidates);
    }
    const std::uint64_t steps = std::uint64_t{2} * ring_.size();
    for (std::uint64_t step = 0; step < steps; ++step) {
        move_leading_hand(candidates);
        const FrameNumber trailing = *ring_.front();
        if (candidates.may_evict(trailing) && !candidates.is_accessed(trailing)) {
            return trailing;
        }
        move_trailing_hand();
    }
    return std::nullopt;
}

}  // namespace vmlab
