// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/fifo.hpp"

namespace vmlab {

std::optional<FrameNumber> Fifo::select_victim(Candidates& candidates) {
    auto frame = queue_.front();
    while (frame && !candidates.may_evict(*frame)) {
        frame = queue_.after(*frame);
    }
    return frame;
}

}  // namespace vmlab
