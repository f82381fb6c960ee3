// SPDX-License-Identifier: GPL-2.0-only
#include "machine/frame_pool.hpp"

#include "base/panic.hpp"

namespace vmlab {

std::optional<FrameNumber> FramePool::allocate(FrameUse use) {
    require(use != FrameUse::Free, "a frame is allocated for a use");
    FrameNumber frame;
    if (!freed_.empty()) {
        frame = freed_.back();
        freed_.pop_back();
    } else if (never_used_ < total()) {
        frame = FrameNumber(never_used_++);
    } else {
        return std::nullopt;
    }
    uses_[frame.value] = use;
    ++used_;
    return frame;
}

void FramePool::free(FrameNumber frame) {
    require(frame.value < total() && uses_[frame.value] != FrameUse::Free, "freeing a frame that is not in use");
    uses_[frame.value] = FrameUse::Free;
    --used_;
    freed_.push_back(frame);
}

void FramePool::set_use(FrameNumber frame, FrameUse use) {
    require(uses_.at(frame.value) != FrameUse::Free && use != FrameUse::Free, "set_use is for frames in use");
    uses_[frame.value] = use;
}

}  // namespace vmlab
