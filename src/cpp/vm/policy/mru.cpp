// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/mru.hpp"

namespace vmlab {

std::optional<FrameNumber> Mru::select_victim(Candidates& candidates) {
    auto frame = recency_.back();
    while (frame && !candidates.may_evict(*frame)) {
        frame = recency_.before(*frame);
    }
    return frame;
}

}  // namespace vmlab
