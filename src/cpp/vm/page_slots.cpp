// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page_slots.hpp"

#include <utility>

#include "base/panic.hpp"

namespace vmlab {

PageSlots::Chunk& PageSlots::ensure_chunk(PageIndex index) {
    const std::size_t number = index.value / CHUNK;
    if (number >= chunks_.size()) {
        chunks_.resize(number + 1);
    }
    if (!chunks_[number]) {
        chunks_[number] = std::make_unique<Chunk>();
    }
    return *chunks_[number];
}

Page& PageSlots::insert(PageIndex index, std::unique_ptr<Page> page) {
    auto& place = ensure_chunk(index).pages[index.value % CHUNK];
    require(place == nullptr, "a slot holds one page");
    place = std::move(page);
    ++resident_;
    return *place;
}

std::unique_ptr<Page> PageSlots::take_page(PageIndex index) {
    if (find(index) == nullptr) {
        return nullptr;
    }
    --resident_;
    return std::move(ensure_chunk(index).pages[index.value % CHUNK]);
}

SwapSlot PageSlots::exchange_swap_slot(PageIndex index, SwapSlot slot) {
    if (!slot.valid() && chunk_of(index) == nullptr) {
        return {};
    }
    SwapSlot& place = ensure_chunk(index).swap[index.value % CHUNK];
    swapped_ += slot.valid() ? 1U : 0U;
    swapped_ -= place.valid() ? 1U : 0U;
    return std::exchange(place, slot);
}

std::size_t PageSlots::bytes() const {
    std::size_t bytes = chunks_.capacity() * sizeof(chunks_[0]);
    for (const auto& chunk : chunks_) {
        bytes += chunk ? sizeof(Chunk) : 0;
    }
    return bytes + resident_ * sizeof(Page);
}

}  // namespace vmlab
