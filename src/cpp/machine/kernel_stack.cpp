// SPDX-License-Identifier: GPL-2.0-only
#include "machine/kernel_stack.hpp"

#include <cstring>

namespace vmlab {

void KernelStack::push(const TrapFrame& frame) {
    const auto bytes = memory_.writable_frame(frame_);
    std::memcpy(bytes.data() + PAGE_SIZE - sizeof frame, &frame, sizeof frame);
}

TrapFrame KernelStack::top() const {
    TrapFrame frame;
    std::memcpy(&frame, memory_.frame(frame_).data() + PAGE_SIZE - sizeof frame, sizeof frame);
    return frame;
}

}  // namespace vmlab
