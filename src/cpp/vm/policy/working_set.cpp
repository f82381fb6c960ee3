// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/working_set.hpp"

#include "vm/policy/selection.hpp"

namespace vmlab {

void WorkingSet::on_insert(FrameNumber frame, PageIdentity) {
    frames_.push_back(frame);
    last_use_.on_insert(frame);
}

void WorkingSet::sweep(Candidates& candidates) {
    for (auto frame = frames_.front(); frame; frame = frames_.after(*frame)) {
        last_use_.look(*frame, candidates);
    }
}

std::optional<FrameNumber> WorkingSet::select_victim(Candidates& candidates) {
    sweep(candidates);
    // All pages outside the working set rank alike, so that the first of them is taken.
    const auto rank = [&](FrameNumber frame) {
        const std::uint64_t used = last_use_.at(frame);
        return candidates.now() - used >= tau_ ? 0 : used + 1;
    };
    return least_evictable(frames_, candidates, rank);
}

}  // namespace vmlab
