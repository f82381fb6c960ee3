// SPDX-License-Identifier: GPL-2.0-only
// Least frequently used: the page with the fewest references since it came in leaves.
#pragma once

#include <cstdint>
#include <utility>

#include "vm/policy/frame_heap.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Counts begin anew when a page comes in again. Among equals the least recently used one leaves.
class Lfu final : public ReplacementPolicy {
public:
    [[nodiscard]] std::string_view name() const override { return "lfu"; }
    void on_insert(FrameNumber frame, PageIdentity) override { frames_.insert(frame, {0, ++references_}); }
    void on_access(FrameNumber frame, Access) override {
        frames_.update(frame, {frames_.key(frame).first + 1, ++references_});
    }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override {
        return frames_.least_evictable(candidates);
    }
    void on_evict(FrameNumber frame) override { frames_.remove(frame); }

private:
    FrameHeap<std::pair<std::uint64_t, std::uint64_t>>
        frames_;  ///< by references to the page, then the last one's number
    std::uint64_t references_ = 0;
};

}  // namespace vmlab
