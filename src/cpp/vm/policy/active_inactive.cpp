// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/active_inactive.hpp"

#include <algorithm>

#include "vm/policy/selection.hpp"

namespace vmlab {

namespace {

/// 4.4BSD's inactive target: a third of the pages.
constexpr std::uint32_t INACTIVE_PART = 3;

}  // namespace

void ActiveInactive::deactivate(FrameNumber frame, Candidates& candidates) {
    static_cast<void>(candidates.test_and_clear_accessed(frame));
    active_.remove(frame);
    inactive_.push_back(frame);
}

void ActiveInactive::activate(FrameNumber frame) {
    inactive_.remove(frame);
    active_.push_back(frame);
}

std::optional<FrameNumber> ActiveInactive::oldest_inactive(Candidates& candidates) {
    const std::uint32_t target = std::max((active_.size() + inactive_.size()) / INACTIVE_PART, 1U);
    while (inactive_.size() < target && !active_.empty()) {
        deactivate(*active_.front(), candidates);
    }
    if (const auto frame = first_evictable(inactive_, candidates)) {
        return frame;
    }
    const auto frame = first_evictable(active_, candidates);
    if (frame) {
        deactivate(*frame, candidates);
    }
    return frame;
}

// Each round but the last makes one page active that was inactive before the call; those made inactive by it are clear.
std::optional<FrameNumber> ActiveInactive::select_victim(Candidates& candidates) {
    while (const auto frame = oldest_inactive(candidates)) {
        if (!candidates.test_and_clear_accessed(*frame)) {
            return frame;
        }
        activate(*frame);
    }
    return std::nullopt;
}

}  // namespace vmlab
