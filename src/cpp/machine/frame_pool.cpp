// SPDX-License-Identifier: GPL-2.0-only
#include "machine/frame_pool.hpp"

#include <algorithm>

#include "base/panic.hpp"

namespace vmlab {

std::optional<FrameNumber> FramePool::take_free() {
    if (!freed_.empty()) {
        const FrameNumber frame = freed_.back();
        freed_.pop_back();
        return frame;
    }
    return never_used_ < never_used_end_ ? std::optional(FrameNumber(never_used_++)) : std::nullopt;
}

std::optional<FrameNumber> FramePool::take_zeroed() {
    if (zeroed_.empty()) {
        return std::nullopt;
    }
    const FrameNumber frame = zeroed_.back();
    zeroed_.pop_back();
    return frame;
}

FrameNumber FramePool::hand_out(FrameNumber frame, FrameUse use) {
    uses_[frame.value] = use;
    ++used_;
    return frame;
}

std::optional<FrameNumber> FramePool::allocate(FrameUse use) {
    require(!is_free(use), "a frame is allocated for a use");
    auto frame = take_free();
    if (!frame) {
        frame = take_zeroed();
    }
    return frame ? std::optional(hand_out(*frame, use)) : std::nullopt;
}

std::optional<FramePool::Filled> FramePool::allocate_for_zeros(FrameUse use) {
    require(!is_free(use), "a frame is allocated for a use");
    if (const auto frame = take_zeroed()) {
        return Filled{hand_out(*frame, use), FrameContent::Zeros};
    }
    const auto frame = take_free();
    return frame ? std::optional(Filled{hand_out(*frame, use), FrameContent::Unspecified}) : std::nullopt;
}

bool FramePool::zero_ahead(const std::function<void(FrameNumber)>& clear) {
    const auto frame = take_free();
    if (!frame) {
        return false;
    }
    clear(*frame);
    uses_[frame->value] = FrameUse::Zeroed;
    zeroed_.push_back(*frame);
    return true;
}

std::optional<FrameNumber> FramePool::allocate_neighbours(FrameUse use, std::uint32_t count) {
    require(!is_free(use) && count > 0, "neighbouring frames are allocated for a use");
    if (never_used_end_ - never_used_ < count) {
        return std::nullopt;
    }
    never_used_end_ -= count;
    std::fill_n(uses_.begin() + never_used_end_, count, use);
    used_ += count;
    return FrameNumber(never_used_end_);
}

void FramePool::free(FrameNumber frame) {
    require(frame.value < total() && !is_free(uses_[frame.value]), "freeing a frame that is not in use");
    uses_[frame.value] = FrameUse::Free;
    --used_;
    freed_.push_back(frame);
}

void FramePool::set_use(FrameNumber frame, FrameUse use) {
    require(!is_free(uses_.at(frame.value)) && !is_free(use), "set_use is for frames in use");
    uses_[frame.value] = use;
}

}  // namespace vmlab
