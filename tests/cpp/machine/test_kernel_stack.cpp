// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "machine/kernel_stack.hpp"

using namespace vmlab;

namespace {

constexpr VirtAddr WINDOW{0xC0000000};
constexpr FrameNumber FRAME{2};

}  // namespace

TEST_CASE("the stack's top is one past its frame as the kernel sees it") {
    PhysicalMemory memory(4 * PAGE_SIZE);
    const KernelStack stack(memory, FRAME, WINDOW);
    CHECK(stack.esp0() == VirtAddr(0xC0003000));
    CHECK(stack.frame_address() == VirtAddr(0xC0003000 - 68));
}

TEST_CASE("a trap frame is bytes in RAM, and changing them changes what comes back") {
    PhysicalMemory memory(4 * PAGE_SIZE);
    KernelStack stack(memory, FRAME, WINDOW);
    TrapFrame frame;
    frame.eip = 0x08048000;
    frame.ss = 0x23;
    stack.push(frame);
    CHECK(stack.top() == frame);
    CHECK(memory.read32(PhysAddr(0x3000 - 4)) == 0x23);
    memory.write32(PhysAddr(0x3000 - 20), 0x08049000);
    CHECK(stack.top().eip == 0x08049000);
}
