// SPDX-License-Identifier: GPL-2.0-only
#include "machine/frame_zone.hpp"

#include "base/panic.hpp"

namespace vmlab {

std::optional<FrameNumber> FrameZone::take_free() {
    if (!freed_.empty()) {
        const FrameNumber frame = freed_.back();
        freed_.pop_back();
        return frame;
    }
    return never_used_ < never_used_end_ ? std::optional(FrameNumber(never_used_++)) : std::nullopt;
}

std::optional<FrameNumber> FrameZone::take_zeroed() {
    if (zeroed_.empty()) {
        return std::nullopt;
    }
    const FrameNumber frame = zeroed_.back();
    zeroed_.pop_back();
    return frame;
}

std::optional<FrameNumber> FrameZone::take_neighbours(std::uint32_t count) {
    if (never_used_end_ - never_used_ < count) {
        return std::nullopt;
    }
    never_used_end_ -= count;
    return FrameNumber(never_used_end_);
}

std::vector<FrameNumber> FrameZone::free_frames() const {
    std::vector<FrameNumber> frames(freed_.rbegin(), freed_.rend());
    for (std::uint32_t number = never_used_; number < never_used_end_; ++number) {
        frames.emplace_back(number);
    }
    return frames;
}

FrameZone FrameZone::split(Zone name, FrameNumber boundary) {
    require(never_used_ <= boundary.value && never_used_end_ == first_.value + frames_,
            "a zone is split while it is new");
    const std::uint32_t kept = boundary.value - first_.value;
    FrameZone upper(name, boundary, frames_ - kept);
    frames_ = kept;
    never_used_end_ = boundary.value;
    return upper;
}

}  // namespace vmlab
