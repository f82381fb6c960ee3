// SPDX-License-Identifier: GPL-2.0-only
// Swapper: takes what an idle process holds out of memory: its kernel stack, then its working set.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "machine/frame_pool.hpp"
#include "vm/replacement_domain.hpp"
#include "vm/swap_device.hpp"

namespace vmlab {

class VirtualMemory;

/// Elsewhere: the swapper thread and KeSwapProcessOrStack (Windows), the swapper of early UNIX and of 4.4BSD.
/// Owner: the VirtualMemory. Which process is idle the kernel says.
/// Invariant: each slot of kernel_slots() is in use, for a kernel frame and for no object.
class Swapper {
public:
    explicit Swapper(VirtualMemory& vm) : vm_(vm) {}

    /// Writes a frame of the kernel's to swap and frees it. Nothing when no slot is free or the disk fails.
    [[nodiscard]] std::optional<SwapSlot> take_out(FrameNumber frame);
    /// The bytes in a frame again, and the slot free; the machine waits for the disk. Nothing when there is no frame.
    [[nodiscard]] std::optional<FrameNumber> bring_back(SwapSlot slot, FrameUse use);
    /// Gives the slot back with its content.
    void forget(SwapSlot slot);
    /// Takes every page of a working set that may leave from its users; says how many.
    std::uint32_t empty(ReplacementDomains::Number working_set);
    [[nodiscard]] const std::vector<SwapSlot>& kernel_slots() const { return kernel_slots_; }

private:
    VirtualMemory& vm_;
    std::vector<SwapSlot> kernel_slots_;
};

}  // namespace vmlab
