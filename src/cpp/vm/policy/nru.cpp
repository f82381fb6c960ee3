// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/nru.hpp"

#include "vm/policy/selection.hpp"

namespace vmlab {

void Nru::sweep(Candidates& candidates) {
    for (auto frame = frames_.front(); frame; frame = frames_.after(*frame)) {
        static_cast<void>(candidates.test_and_clear_accessed(*frame));
    }
}

std::optional<FrameNumber> Nru::select_victim(Candidates& candidates) {
    const auto rank = [&](FrameNumber frame) {
        return (candidates.is_accessed(frame) ? 2U : 0U) + (candidates.is_modified(frame) ? 1U : 0U);
    };
    const auto victim = least_evictable(frames_, candidates, rank);
    if (sweep_at_ == SweepAt::Selection) {
        sweep(candidates);
    }
    return victim;
}

}  // namespace vmlab
