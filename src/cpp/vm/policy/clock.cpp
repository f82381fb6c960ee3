// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/clock.hpp"

namespace vmlab {

// Two rounds are enough: the first clears every A bit, so the second finds a page unless all are busy.
std::optional<FrameNumber> Clock::select_victim(Candidates& candidates) {
    const std::uint64_t steps = std::uint64_t{2} * ring_.size();
    for (std::uint64_t step = 0; step < steps; ++step) {
        const FrameNumber hand = *ring_.front();
        if (candidates.may_evict(hand) && !candidates.test_and_clear_accessed(hand)) {
            return hand;
        }
        ring_.move_to_back(hand);
    }
    return std::nullopt;
}

}  // namespace vmlab
