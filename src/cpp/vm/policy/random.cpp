// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/random.hpp"

#include <algorithm>
#include <iterator>

#include "base/panic.hpp"

namespace vmlab {

namespace {

/// The SplitMix64 generator (Steele, Lea, Flood, 2014).
std::uint64_t next_random(std::uint64_t& state) {
    state += 0x9E3779B97F4A7C15;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
}

}  // namespace

void Random::on_insert(FrameNumber frame, PageIdentity) {
    places_.set(frame, static_cast<std::uint32_t>(frames_.size()));
    frames_.push_back(frame);
}

void Random::on_evict(FrameNumber frame) {
    const std::uint32_t place = places_[frame];
    require(place < frames_.size() && frames_[place] == frame, "evicting a frame that was inserted");
    frames_[place] = frames_.back();
    places_[frames_[place]] = place;
    frames_.pop_back();
}

// The upper 32 bits as a fraction of `from`: its bias is below one in four thousand million.
FrameNumber Random::draw(const std::vector<FrameNumber>& from) {
    return from[(next_random(state_) >> 32) * from.size() >> 32];
}

std::optional<FrameNumber> Random::select_victim(Candidates& candidates) {
    if (frames_.empty()) {
        return std::nullopt;
    }
    const FrameNumber drawn = draw(frames_);
    if (candidates.may_evict(drawn)) {
        return drawn;
    }
    std::vector<FrameNumber> evictable;
    std::ranges::copy_if(frames_, std::back_inserter(evictable),
                         [&](FrameNumber frame) { return candidates.may_evict(frame); });
    return evictable.empty() ? std::nullopt : std::optional(draw(evictable));
}

}  // namespace vmlab
