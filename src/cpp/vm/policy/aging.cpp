// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/aging.hpp"

#include "vm/policy/selection.hpp"

namespace vmlab {

namespace {

constexpr std::uint32_t TOP_BIT = 0x80;

}  // namespace

void Aging::on_insert(FrameNumber frame, PageIdentity) {
    frames_.push_back(frame);
    ages_.set(frame, 0);
}

void Aging::sweep(Candidates& candidates) {
    for (auto frame = frames_.front(); frame; frame = frames_.after(*frame)) {
        const std::uint32_t accessed = candidates.test_and_clear_accessed(*frame) ? TOP_BIT : 0;
        ages_[*frame] = static_cast<std::uint8_t>(ages_[*frame] >> 1 | accessed);
    }
}

std::optional<FrameNumber> Aging::select_victim(Candidates& candidates) {
    if (sweep_at_ == SweepAt::Selection) {
        sweep(candidates);
    }
    const auto rank = [&](FrameNumber frame) {
        return ages_[frame] + (candidates.is_accessed(frame) ? std::uint32_t{2} * TOP_BIT : 0);
    };
    return least_evictable(frames_, candidates, rank);
}

}  // namespace vmlab
