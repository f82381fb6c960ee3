// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page_slots.hpp"

#include "base/panic.hpp"

namespace vmlab {

Page& PageSlots::insert(PageIndex index, std::unique_ptr<Page> page) {
    const std::size_t chunk = index.value / CHUNK;
    if (chunk >= chunks_.size()) {
        chunks_.resize(chunk + 1);
    }
    if (!chunks_[chunk]) {
        chunks_[chunk] = std::make_unique<Chunk>();
    }
    auto& slot = (*chunks_[chunk])[index.value % CHUNK];
    require(slot == nullptr, "a slot holds one page");
    slot = std::move(page);
    ++count_;
    return *slot;
}

std::unique_ptr<Page> PageSlots::take(PageIndex index) {
    const std::size_t chunk = index.value / CHUNK;
    if (chunk >= chunks_.size() || !chunks_[chunk] || !(*chunks_[chunk])[index.value % CHUNK]) {
        return nullptr;
    }
    --count_;
    return std::move((*chunks_[chunk])[index.value % CHUNK]);
}

}  // namespace vmlab
