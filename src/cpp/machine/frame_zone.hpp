// SPDX-License-Identifier: GPL-2.0-only
// FrameZone: neighbouring frames of RAM that are kept free, and handed out, for themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "trace/vocabulary.hpp"

namespace vmlab {

/// Elsewhere: struct zone (Linux).
/// Owner: the FramePool.
/// Invariants: a free frame is on one of the lists, or between never_used and never_used_end.
class FrameZone {
public:
    FrameZone(Zone name, FrameNumber first, std::uint32_t frames)
        : name_(name),
          first_(first),
          frames_(frames),
          never_used_(first.value),
          never_used_end_(first.value + frames) {}

    [[nodiscard]] Zone name() const { return name_; }
    [[nodiscard]] FrameNumber first() const { return first_; }
    [[nodiscard]] std::uint32_t frames() const { return frames_; }
    [[nodiscard]] bool contains(FrameNumber frame) const {
        return frame >= first_ && frame.value - first_.value < frames_;
    }
    [[nodiscard]] std::uint32_t available() const {
        return never_used_end_ - never_used_ + static_cast<std::uint32_t>(freed_.size()) + zeroed();
    }
    /// The free frames that are not zeroed, as take_free would hand them out.
    [[nodiscard]] std::vector<FrameNumber> free_frames() const;
    [[nodiscard]] std::uint32_t zeroed() const { return static_cast<std::uint32_t>(zeroed_.size()); }
    /// Frames that are left for others while another zone has more than its own reserve.
    [[nodiscard]] std::uint32_t reserve() const { return reserve_; }
    void set_reserve(std::uint32_t frames) { reserve_ = frames; }

    /// A free frame that is not zeroed, or one that is, or the first of some neighbours that were never handed out.
    [[nodiscard]] std::optional<FrameNumber> take_free();
    [[nodiscard]] std::optional<FrameNumber> take_zeroed();
    [[nodiscard]] std::optional<FrameNumber> take_neighbours(std::uint32_t count);
    void put_free(FrameNumber frame) { freed_.push_back(frame); }
    void put_zeroed(FrameNumber frame) { zeroed_.push_back(frame); }
    /// Gives the frames from `boundary` on to a new zone. Requires: none of them was ever handed out.
    [[nodiscard]] FrameZone split(Zone name, FrameNumber boundary);

private:
    Zone name_;
    FrameNumber first_;
    std::uint32_t frames_;
    std::uint32_t reserve_ = 0;
    std::vector<FrameNumber> freed_;  ///< last freed on top
    std::vector<FrameNumber> zeroed_;
    std::uint32_t never_used_;  ///< frames from here up to never_used_end_ were never handed out
    std::uint32_t never_used_end_;
};

}  // namespace vmlab
