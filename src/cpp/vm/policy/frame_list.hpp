// SPDX-License-Identifier: GPL-2.0-only
// FrameList: frames in an order, linked by number, so that a policy can put one in, take one out and move one in one step.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/panic.hpp"

namespace vmlab {

/// A doubly linked list of frame numbers, eight bytes a frame number that was ever in it.
/// Owner: a policy or a queue. Invariants: a frame is in the list once or not at all.
class FrameList {
public:
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::uint32_t size() const { return count_; }
    [[nodiscard]] bool contains(FrameNumber frame) const {
        return frame.value < links_.size() && links_[frame.value].next != OUTSIDE;
    }
    [[nodiscard]] std::optional<FrameNumber> front() const { return named(head_); }
    [[nodiscard]] std::optional<FrameNumber> back() const { return named(tail_); }
    /// The one behind `frame`, or nothing at the end. Requires: contains(frame).
    [[nodiscard]] std::optional<FrameNumber> after(FrameNumber frame) const { return named(links_[frame.value].next); }

    /// The one before `frame`, or nothing at the front. Requires: contains(frame).
    [[nodiscard]] std::optional<FrameNumber> before(FrameNumber frame) const {
        return named(links_[frame.value].previous);
    }

    /// Requires: the frame is not in the list.
    void push_back(FrameNumber frame) {
        if (frame.value >= links_.size()) {
            links_.resize(frame.value + 1);
        }
        require(links_[frame.value].next == OUTSIDE, "a frame is in a list once");
        append(frame.value);
        ++count_;
    }
    void remove(FrameNumber frame) {
        require(contains(frame), "removing a frame that is in the list");
        unlink(links_[frame.value]);
        links_[frame.value] = {};
        --count_;
    }
    void move_to_back(FrameNumber frame) {
        require(contains(frame), "moving a frame that is in the list");
        if (tail_ != frame.value) {
            unlink(links_[frame.value]);
            append(frame.value);
        }
    }

private:
    static constexpr std::uint32_t NONE = ~0U;         ///< the end
    static constexpr std::uint32_t OUTSIDE = ~0U - 1;  ///< not in the list
    struct Link {
        std::uint32_t previous = NONE;
        std::uint32_t next = OUTSIDE;
    };
    void append(std::uint32_t frame) {
        links_[frame] = {tail_, NONE};
        (tail_ == NONE ? head_ : links_[tail_].next) = frame;
        tail_ = frame;
    }
    void unlink(const Link& link) {
        (link.previous == NONE ? head_ : links_[link.previous].next) = link.next;
        (link.next == NONE ? tail_ : links_[link.next].previous) = link.previous;
    }
    [[nodiscard]] static std::optional<FrameNumber> named(std::uint32_t number) {
        return number == NONE ? std::nullopt : std::optional(FrameNumber(number));
    }

    std::vector<Link> links_;
    std::uint32_t head_ = NONE;
    std::uint32_t tail_ = NONE;
    std::uint32_t count_ = 0;
};

}  // namespace vmlab
