// SPDX-License-Identifier: GPL-2.0-only
// PerFrame: one value a frame number, grown as frames are met.
#pragma once

#include <vector>

#include "base/address.hpp"
#include "base/panic.hpp"

namespace vmlab {

/// Owner: a policy. What it holds for a frame that left memory is stale until the policy sets it anew.
template <typename Value>
class PerFrame {
public:
    void set(FrameNumber frame, Value value) {
        if (frame.value >= values_.size()) {
            values_.resize(frame.value + 1);
        }
        values_[frame.value] = value;
    }
    /// Requires: set for this frame before.
    [[nodiscard]] Value& operator[](FrameNumber frame) {
        require(frame.value < values_.size(), "the policy was told of this frame");
        return values_[frame.value];
    }

private:
    std::vector<Value> values_;
};

}  // namespace vmlab
