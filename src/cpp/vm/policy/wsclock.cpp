// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/wsclock.hpp"

#include <utility>

#include "vm/policy/selection.hpp"

namespace vmlab {

void WsClock::on_insert(FrameNumber frame, PageIdentity) {
    ring_.push_back(frame);
    last_use_.on_insert(frame);
}

std::optional<FrameNumber> WsClock::select_victim(Candidates& candidates) {
    const auto is_outside = [&](FrameNumber frame) { return candidates.now() - last_use_.at(frame) >= tau_; };
    for (std::uint32_t step = 0; step < ring_.size(); ++step) {
        const FrameNumber hand = *ring_.front();
        last_use_.look(hand, candidates);
        if (is_outside(hand) && !candidates.is_modified(hand) && candidates.may_evict(hand)) {
            return hand;
        }
        ring_.move_to_back(hand);
    }
    // The hand has come round to where it began. It goes on to the page that leaves after all.
    const auto rank = [&](FrameNumber frame) {
        const bool outside = is_outside(frame);
        const int group = outside ? 0 : candidates.is_modified(frame) ? 2 : 1;
        return std::pair(group, outside ? 0 : last_use_.at(frame));
    };
    const auto victim = least_evictable(ring_, candidates, rank);
    while (victim && ring_.front() != victim) {
        ring_.move_to_back(*ring_.front());
    }
    return victim;
}

}  // namespace vmlab
