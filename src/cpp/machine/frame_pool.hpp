// SPDX-License-Identifier: GPL-2.0-only
// FramePool: which page frames of RAM are in use, and for what.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.hpp"

namespace vmlab {

/// What a frame is used for; shown by lab.frames.
enum class FrameUse : std::uint8_t { Free, Descriptors, Stub, KernelStack, PageTable, Page, Handler, ZeroPage };

/// Hands out frames, lowest first at the start, the last freed first after that.
/// Elsewhere: physical page allocator, kalloc, page_alloc.
/// Owner: the Machine.
/// Invariants: used() is the number of frames whose use is not Free; a free frame is handed out once.
class FramePool {
public:
    explicit FramePool(std::uint32_t frame_count) : uses_(frame_count, FrameUse::Free) {}

    /// A frame whose old content is unspecified, or nothing when RAM is exhausted.
    [[nodiscard]] std::optional<FrameNumber> allocate(FrameUse use);
    /// Requires: the frame is in use.
    void free(FrameNumber frame);

    [[nodiscard]] FrameUse use(FrameNumber frame) const { return uses_.at(frame.value); }
    void set_use(FrameNumber frame, FrameUse use);
    [[nodiscard]] std::uint32_t total() const { return static_cast<std::uint32_t>(uses_.size()); }
    [[nodiscard]] std::uint32_t used() const { return used_; }
    [[nodiscard]] std::uint32_t available() const { return total() - used_; }

private:
    std::vector<FrameUse> uses_;
    std::vector<FrameNumber> freed_;  ///< last freed on top
    std::uint32_t never_used_ = 0;    ///< frames from here up were never handed out
    std::uint32_t used_ = 0;
};

}  // namespace vmlab
