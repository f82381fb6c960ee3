// SPDX-License-Identifier: GPL-2.0-only
// LastUse: when pages were last seen to be used, by one who looks at their A bits now and then.
#pragma once

#include <cstdint>

#include "vm/policy/per_frame.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// In units of Candidates::now(). Owner: a policy that goes by working sets.
class LastUse {
public:
    void on_insert(FrameNumber frame) { times_.set(frame, NOT_SEEN); }
    /// Clears the A bit; a page that was accessed or came in since the last look was used just now.
    void look(FrameNumber frame, Candidates& candidates) {
        if (candidates.test_and_clear_accessed(frame) || times_[frame] == NOT_SEEN) {
            times_[frame] = candidates.now();
        }
    }
    /// Requires: look(frame) since it came in.
    [[nodiscard]] std::uint64_t at(FrameNumber frame) { return times_[frame]; }

private:
    static constexpr std::uint64_t NOT_SEEN = ~std::uint64_t{0};
    PerFrame<std::uint64_t> times_;
};

}  // namespace vmlab
