// SPDX-License-Identifier: GPL-2.0-only
// KernelStack: a process's kernel stack, a frame of guest RAM, on which a trap leaves its TrapFrame.
#pragma once

#include <cstddef>
#include <cstring>

#include "base/address.hpp"
#include "machine/physical_memory.hpp"
#include "machine/trap_frame.hpp"

namespace vmlab {

/// Owner: its Process, which also owns the frame.
/// Invariant: esp0 is one past the frame's last byte, as seen through the kernel window.
class KernelStack {
public:
    KernelStack(PhysicalMemory& memory, FrameNumber frame, VirtAddr window)
        : memory_(memory), frame_(frame), base_(window + frame.address().value) {}

    [[nodiscard]] FrameNumber frame() const { return frame_; }
    [[nodiscard]] VirtAddr esp0() const { return base_ + PAGE_SIZE; }
    [[nodiscard]] VirtAddr frame_address() const { return esp0() - sizeof(TrapFrame); }

    // In the header, so that who asks for one register copies one.
    /// What the processor and the stub push.
    void push(const TrapFrame& frame) { std::memcpy(frame_bytes(), &frame, sizeof frame); }
    /// Changes what popa will put into EAX: a system call's result.
    void set_eax(std::uint32_t eax) { std::memcpy(frame_bytes() + offsetof(TrapFrame, eax), &eax, sizeof eax); }
    /// What popa and iret will take: the bytes as they are now in RAM.
    [[nodiscard]] TrapFrame top() const {
        TrapFrame frame;
        std::memcpy(&frame, memory_.frame(frame_).data() + PAGE_SIZE - sizeof frame, sizeof frame);
        return frame;
    }

private:
    [[nodiscard]] std::byte* frame_bytes() {
        return memory_.writable_frame(frame_).data() + PAGE_SIZE - sizeof(TrapFrame);
    }

    PhysicalMemory& memory_;
    FrameNumber frame_;
    VirtAddr base_;
};

}  // namespace vmlab
