// SPDX-License-Identifier: GPL-2.0-only
#include "machine/kernel_stack.hpp"

#include <cstddef>
#include <cstring>

namespace vmlab {

void KernelStack::push(const TrapFrame& frame) {
    const auto bytes = memory_.writable_frame(frame_);
    std::memcpy(bytes.data() + PAGE_SIZE - sizeof frame, &frame, sizeof frame);
}

void KernelStack::set_eax(std::uint32_t eax) {
    const auto bytes = memory_.writable_frame(frame_);
    std::memcpy(bytes.data() + PAGE_SIZE - sizeof(TrapFrame) + offsetof(TrapFrame, eax), &eax, sizeof eax);
}

TrapFrame KernelStack::top() const {
    TrapFrame frame;
    std::memcpy(&frame, memory_.frame(frame_).data() + PAGE_SIZE - sizeof frame, sizeof frame);
    return frame;
}

}  // namespace vmlab
