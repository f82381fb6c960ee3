// SPDX-License-Identifier: GPL-2.0-only
#include "vm/virtual_memory.hpp"

#include <algorithm>

namespace vmlab {

std::optional<FrameNumber> VirtualMemory::allocate_frame(FrameUse use) {
    if (page_frames_ >= page_frame_limit_) {
        return std::nullopt;
    }
    const auto frame = machine_.frames().allocate(use);
    if (frame) {
        ++page_frames_;
        count([this](VmCounters& c) { c.peak_page_frames = std::max(c.peak_page_frames, page_frames_); });
        emit(FrameAllocatedEvent{.frame = *frame});
    }
    return frame;
}

void VirtualMemory::free_frame(FrameNumber frame) {
    machine_.frames().free(frame);
    --page_frames_;
    emit(FrameFreedEvent{.frame = frame});
}

}  // namespace vmlab
