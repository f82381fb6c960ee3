// SPDX-License-Identifier: GPL-2.0-only
#include "vm/swapper.hpp"

#include <algorithm>

#include "vm/live_candidates.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

std::optional<SwapSlot> Swapper::take_out(FrameNumber frame) {
    const auto run = vm_.allocate_swap_slots(1);
    if (!run) {
        return std::nullopt;
    }
    const DiskRequest request = vm_.swap().disk().submit(IoDirection::Write, 1, vm_.now());
    if (request.result == IoResult::Failed) {
        vm_.swap().free(run->first);
        return std::nullopt;
    }
    vm_.swap().write(run->first, vm_.memory().frame(frame));
    vm_.machine().frames().free(frame);
    kernel_slots_.push_back(run->first);
    return run->first;
}

std::optional<FrameNumber> Swapper::bring_back(SwapSlot slot, FrameUse use) {
    if (!vm_.reserve_frames(1)) {
        return std::nullopt;
    }
    const auto frame = vm_.machine().frames().allocate(use);
    require(frame.has_value(), "a frame was reserved");
    DiskRequest request = vm_.swap().disk().submit(IoDirection::Read, 1, vm_.now());
    while (request.result == IoResult::Failed) {
        request = vm_.swap().disk().submit(IoDirection::Read, 1, vm_.now());  // without its stack there is no process
    }
    vm_.advance_to(request.done_at);
    vm_.swap().peek(slot, vm_.memory().writable_frame(*frame));
    forget(slot);
    return frame;
}

void Swapper::forget(SwapSlot slot) {
    const auto at = std::ranges::find(kernel_slots_, slot);
    require(at != kernel_slots_.end(), "a slot that the kernel has");
    kernel_slots_.erase(at);
    vm_.swap().free(slot);
}

std::uint32_t Swapper::empty(ReplacementDomains::Number working_set) {
    const std::vector<FrameNumber> none;
    const LiveCandidates candidates(vm_, none, nullptr);
    std::uint32_t taken = 0;
    for (std::uint32_t number = 0; number < vm_.machine().frames().total(); ++number) {
        if (Page* page = candidates.find_in(working_set, FrameNumber(number))) {
            vm_.daemon().detach(*page);
            ++taken;
        }
    }
    return taken;
}

}  // namespace vmlab
