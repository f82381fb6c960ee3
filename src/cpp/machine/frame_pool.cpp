// SPDX-License-Identifier: GPL-2.0-only
#include "machine/frame_pool.hpp"

#include <algorithm>
#include <ranges>

#include "base/panic.hpp"

namespace vmlab {

FramePool::FramePool(std::uint32_t frame_count)
    : uses_(frame_count, FrameUse::Free), zones_{FrameZone(Zone::Normal, FrameNumber(0), frame_count)} {}

void FramePool::split_zones(FrameNumber boundary) {
    require(zones_.size() == 1 && boundary.value > 0, "zones are made once");
    const bool has_upper = boundary.value < total();
    FrameZone lower(Zone::Dma, FrameNumber(0), total());
    for (std::uint32_t number = 0; number < used_; ++number) {
        require(!is_free(uses_[number]), "frames are handed out from the lowest on");
        static_cast<void>(lower.take_free());
    }
    std::vector<FrameZone> made;
    if (has_upper) {
        FrameZone upper = lower.split(Zone::Normal, boundary);
        made = {std::move(lower), std::move(upper)};
    } else {
        made = {std::move(lower)};
    }
    zones_ = std::move(made);
}

std::size_t FramePool::zone_of(FrameNumber frame) const {
    const auto at = std::ranges::find_if(zones_, [frame](const FrameZone& zone) { return zone.contains(frame); });
    require(at != zones_.end(), "each frame of RAM lies in a zone");
    return static_cast<std::size_t>(at - zones_.begin());
}

FrameZone* FramePool::choose_zone() {
    for (FrameZone& zone : std::views::reverse(zones_)) {
        if (zone.available() > zone.reserve()) {
            return &zone;
        }
    }
    for (FrameZone& zone : std::views::reverse(zones_)) {
        if (zone.available() > 0) {
            return &zone;
        }
    }
    return nullptr;
}

FrameNumber FramePool::hand_out(FrameNumber frame, FrameUse use) {
    uses_[frame.value] = use;
    ++used_;
    if (listener_ != nullptr) {
        listener_->frame_taken(frame);
    }
    return frame;
}

std::optional<FrameNumber> FramePool::allocate(FrameUse use) {
    require(!is_free(use), "a frame is allocated for a use");
    FrameZone* zone = choose_zone();
    if (zone == nullptr) {
        return std::nullopt;
    }
    const auto frame = zone->take_free();
    return hand_out(frame ? *frame : zone->take_zeroed().value(), use);
}

std::optional<FramePool::Filled> FramePool::allocate_for_zeros(FrameUse use) {
    require(!is_free(use), "a frame is allocated for a use");
    FrameZone* zone = choose_zone();
    if (zone == nullptr) {
        return std::nullopt;
    }
    if (const auto frame = zone->take_zeroed()) {
        return Filled{hand_out(*frame, use), FrameContent::Zeros};
    }
    return Filled{hand_out(zone->take_free().value(), use), FrameContent::Unspecified};
}

bool FramePool::zero_ahead(const std::function<void(FrameNumber)>& clear) {
    for (FrameZone& zone : std::views::reverse(zones_)) {
        if (const auto frame = zone.take_free()) {
            clear(*frame);
            uses_[frame->value] = FrameUse::Zeroed;
            zone.put_zeroed(*frame);
            return true;
        }
    }
    return false;
}

std::uint32_t FramePool::zeroed() const {
    std::uint32_t frames = 0;
    for (const FrameZone& zone : zones_) {
        frames += zone.zeroed();
    }
    return frames;
}

std::vector<FrameNumber> FramePool::free_frames() const {
    std::vector<FrameNumber> frames;
    for (const FrameZone& zone : std::views::reverse(zones_)) {
        std::ranges::copy(zone.free_frames(), std::back_inserter(frames));
    }
    return frames;
}

std::optional<FrameNumber> FramePool::allocate_neighbours(FrameUse use, std::uint32_t count) {
    require(!is_free(use) && count > 0, "neighbouring frames are allocated for a use");
    const auto first = zones_.front().take_neighbours(count);
    for (std::uint32_t at = 0; first && at < count; ++at) {
        hand_out(FrameNumber(first->value + at), use);
    }
    return first;
}

void FramePool::free(FrameNumber frame) {
    require(frame.value < total() && !is_free(uses_[frame.value]), "freeing a frame that is not in use");
    uses_[frame.value] = FrameUse::Free;
    --used_;
    zones_[zone_of(frame)].put_free(frame);
    if (listener_ != nullptr) {
        listener_->frame_freed(frame);
    }
}

void FramePool::set_use(FrameNumber frame, FrameUse use) {
    require(!is_free(uses_.at(frame.value)) && !is_free(use), "set_use is for frames in use");
    uses_[frame.value] = use;
}

}  // namespace vmlab
