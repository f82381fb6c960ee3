// SPDX-License-Identifier: GPL-2.0-only
// OPT: the page whose next use lies farthest in the future leaves. No policy has fewer misses; none can know so much.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "vm/page_numbering.hpp"
#include "vm/policy/frame_heap.hpp"
#include "vm/policy/per_frame.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Elsewhere: MIN, Belady's algorithm. The future is what an earlier run of the same program was seen to do.
/// Of pages that are never used again the least recently used one leaves.
class Opt final : public ReplacementPolicy {
public:
    /// `future` is the page of each access to come, in order.
    explicit Opt(const std::vector<PageIdentity>& future);
    [[nodiscard]] std::string_view name() const override { return "opt"; }
    void on_insert(FrameNumber frame, PageIdentity page) override;
    /// Throws PolicyError when the access is not the one that the future has here.
    void on_access(FrameNumber frame, Access) override;
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override {
        return frames_.least_evictable(candidates);
    }
    void on_evict(FrameNumber frame) override { frames_.remove(frame); }

private:
    /// How near the next use is: least is farthest, and 0 is never; then when the last one was.
    using Nearness = std::pair<std::uint64_t, std::uint64_t>;

    PageNumbering numbering_;
    std::vector<std::uint32_t> future_;    ///< the page of each access
    std::vector<std::uint64_t> nearness_;  ///< of the next access to the same page, for each access
    std::uint64_t position_ = 0;           ///< of the next access
    PerFrame<std::uint32_t> pages_;        ///< the page in each frame
    FrameHeap<Nearness> frames_;
};

}  // namespace vmlab
