// SPDX-License-Identifier: GPL-2.0-only
// FrameHeap: frames by a key that changes, the least key on top.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "base/panic.hpp"
#include "vm/policy/per_frame.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// A binary heap in which each frame knows its place, so that a key changes in logarithmic time.
/// Owner: a policy. Invariant: no entry's key is less than its parent's; of equal keys either may be on top.
template <typename Key>
class FrameHeap {
public:
    void insert(FrameNumber frame, Key key) {
        places_.set(frame, static_cast<std::uint32_t>(entries_.size()));
        entries_.push_back({key, frame});
        rise(places_[frame]);
    }
    void update(FrameNumber frame, Key key) {
        const std::uint32_t place = place_of(frame);
        const bool smaller = key < entries_[place].key;
        entries_[place].key = key;
        smaller ? rise(place) : sink(place);
    }
    void remove(FrameNumber frame) {
        const std::uint32_t place = place_of(frame);
        const std::uint32_t last = size() - 1;
        exchange(place, last);
        entries_.pop_back();
        if (place != last) {
            rise(place);
            sink(place);
        }
    }
    [[nodiscard]] const Key& key(FrameNumber frame) { return entries_[place_of(frame)].key; }
    /// The frame of least key that may leave. Only when the top one may not are all looked at.
    [[nodiscard]] std::optional<FrameNumber> least_evictable(const Candidates& candidates) const {
        const Entry* least = nullptr;
        for (const Entry& entry : entries_) {
            if ((least == nullptr || entry.key < least->key) && candidates.may_evict(entry.frame)) {
                least = &entry;
            }
            if (least == &entries_.front()) {
                break;
            }
        }
        return least == nullptr ? std::nullopt : std::optional(least->frame);
    }

private:
    struct Entry {
        Key key;
        FrameNumber frame;
    };

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
    [[nodiscard]] std::uint32_t place_of(FrameNumber frame) {
        const std::uint32_t place = places_[frame];
        require(place < size() && entries_[place].frame == frame, "the frame is in the heap");
        return place;
    }
    void exchange(std::uint32_t a, std::uint32_t b) {
        std::swap(entries_[a], entries_[b]);
        places_[entries_[a].frame] = a;
        places_[entries_[b].frame] = b;
    }
    void rise(std::uint32_t place) {
        while (place > 0 && entries_[place].key < entries_[(place - 1) / 2].key) {
            exchange(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
    }
    void sink(std::uint32_t place) {
        for (std::uint32_t child = 2 * place + 1; child < size(); child = 2 * place + 1) {
            if (child + 1 < size() && entries_[child + 1].key < entries_[child].key) {
                ++child;
            }
            if (!(entries_[child].key < entries_[place].key)) {
                return;
            }
            exchange(place, child);
            place = child;
        }
    }

    std::vector<Entry> entries_;
    PerFrame<std::uint32_t> places_;
};

}  // namespace vmlab
