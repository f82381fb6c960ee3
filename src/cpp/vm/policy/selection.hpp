// SPDX-License-Identifier: GPL-2.0-only
// How a victim is picked from a list: the first one that may leave, or the one of least rank.
#pragma once

#include <optional>

#include "vm/policy/frame_list.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

[[nodiscard]] inline std::optional<FrameNumber> first_evictable(const FrameList& list, const Candidates& candidates) {
    auto frame = list.front();
    while (frame && !candidates.may_evict(*frame)) {
        frame = list.after(*frame);
    }
    return frame;
}

/// Of equal ranks the frame that is nearer to the front.
template <typename Rank>
[[nodiscard]] std::optional<FrameNumber> least_evictable(const FrameList& list, const Candidates& candidates,
                                                         const Rank& rank) {
    std::optional<FrameNumber> least;
    decltype(rank(FrameNumber())) least_rank{};
    for (auto frame = list.front(); frame; frame = list.after(*frame)) {
        if (!candidates.may_evict(*frame)) {
            continue;
        }
        const auto its_rank = rank(*frame);
        if (!least || its_rank < least_rank) {
            least = frame;
            least_rank = its_rank;
        }
    }
    return least;
}

}  // namespace vmlab
