// SPDX-License-Identifier: GPL-2.0-only
#include "vm/zero_page_thread.hpp"

#include "vm/virtual_memory.hpp"

namespace vmlab {

void ZeroPageThread::run() {
    FramePool& frames = vm_.machine().frames();
    const auto clear = [this](FrameNumber frame) { vm_.memory().zero_frame(frame); };
    std::uint32_t cleared = 0;
    while (frames.zeroed() < vm_.profile().zero_ahead && frames.zero_ahead(clear)) {
        ++cleared;
    }
    if (cleared > 0) {
        vm_.count_for_lab([cleared](VmCounters& c) { c.pages_zeroed_ahead += cleared; });
        vm_.note_work(Worker::ZeroPageThread, cleared);
    }
}

}  // namespace vmlab
