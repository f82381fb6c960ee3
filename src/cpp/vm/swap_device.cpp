// SPDX-License-Identifier: GPL-2.0-only
#include "vm/swap_device.hpp"

#include <algorithm>

#include "base/panic.hpp"

namespace vmlab {

std::optional<SwapDevice::Run> SwapDevice::allocate(std::uint32_t wanted) {
    if (used_ == total()) {
        return std::nullopt;
    }
    while (in_use_[next_] != 0) {
        next_ = (next_ + 1) % total();
    }
    Run run{SwapSlot(next_)};
    while (run.count < wanted && next_ < total() && in_use_[next_] == 0) {
        in_use_[next_] = 1;
        ++run.count;
        ++next_;
    }
    next_ %= total();
    used_ += run.count;
    return run;
}

void SwapDevice::free(SwapSlot slot) {
    require(in_use(slot), "a swap slot is freed once");
    in_use_[slot.value] = 0;
    --used_;
}

void SwapDevice::write(SwapSlot slot, std::span<const std::byte, PAGE_SIZE> source) {
    require(in_use(slot), "writing a swap slot that is in use");
    auto& block = content_[slot.value];
    if (!block) {
        block = std::make_unique<Block>();
    }
    std::copy(source.begin(), source.end(), block->begin());
}

void SwapDevice::peek(SwapSlot slot, std::span<std::byte, PAGE_SIZE> destination) const {
    require(in_use(slot) && content_[slot.value] != nullptr, "reading a swap slot that was written");
    std::copy(content_[slot.value]->begin(), content_[slot.value]->end(), destination.begin());
}

}  // namespace vmlab
