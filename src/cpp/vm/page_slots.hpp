// SPDX-License-Identifier: GPL-2.0-only
// PageSlots: the slots of a VmObject, one a page, sparse and in order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.hpp"
#include "vm/page.hpp"
#include "vm/swap_device.hpp"

namespace vmlab {

/// Maps PageIndex to a page in memory, a swap slot, or both (then the swap slot's copy is as new as the page: the swap
/// cache). An empty slot means that this object does not have the page.
/// Owner: its VmObject. Owns: the pages; the swap slots are numbers that the VmObject gives back.
class PageSlots {
public:
    [[nodiscard]] Page* find(PageIndex index) const {
        const Chunk* chunk = chunk_of(index);
        return chunk != nullptr ? chunk->pages[index.value % CHUNK].get() : nullptr;
    }
    [[nodiscard]] SwapSlot swap_slot(PageIndex index) const {
        const Chunk* chunk = chunk_of(index);
        return chunk != nullptr ? chunk->swap[index.value % CHUNK] : SwapSlot();
    }
    [[nodiscard]] bool has(PageIndex index) const {
        const Chunk* chunk = chunk_of(index);
        return chunk != nullptr && chunk->filled(index.value % CHUNK);
    }
    /// Requires: no page is in the slot.
    Page& insert(PageIndex index, std::unique_ptr<Page> page);
    /// Nothing when no page is in the slot; its swap slot stays.
    std::unique_ptr<Page> take_page(PageIndex index);
    /// Returns what was there before.
    SwapSlot exchange_swap_slot(PageIndex index, SwapSlot slot);

    [[nodiscard]] std::uint32_t resident() const { return resident_; }
    [[nodiscard]] std::uint32_t swapped() const { return swapped_; }
    /// Upper bound of the slots that are not empty: those with both count twice.
    [[nodiscard]] std::uint32_t filled_at_most() const { return resident_ + swapped_; }
    [[nodiscard]] std::size_t bytes() const;

    /// visit(index, page or null, swap slot) for each slot that is not empty, in index order from `first` and below
    /// `end`; `visit` may empty the slot it is at.
    template <typename Visit>
    void for_each(PageIndex first, std::uint64_t end, const Visit& visit) const {
        for (std::size_t number = first.value / CHUNK; number < chunks_.size() && number * CHUNK < end; ++number) {
            if (!chunks_[number]) {
                continue;
            }
            for (std::uint32_t at = 0; at < CHUNK; ++at) {
                const PageIndex index(static_cast<std::uint32_t>(number) * CHUNK + at);
                const Chunk& chunk = *chunks_[number];
                if (index >= first && index.value < end && chunk.filled(at)) {
                    visit(index, chunk.pages[at].get(), chunk.swap[at]);
                }
            }
        }
    }
    template <typename Visit>
    void for_each(const Visit& visit) const {
        for_each(PageIndex(0), ~std::uint64_t{0}, visit);
    }

private:
    static constexpr std::uint32_t CHUNK = 64;
    struct Chunk {
        std::array<std::unique_ptr<Page>, CHUNK> pages;
        std::array<SwapSlot, CHUNK> swap;
        [[nodiscard]] bool filled(std::uint32_t at) const { return pages[at] != nullptr || swap[at].valid(); }
    };
    [[nodiscard]] const Chunk* chunk_of(PageIndex index) const {
        const std::size_t number = index.value / CHUNK;
        return number < chunks_.size() ? chunks_[number].get() : nullptr;
    }
    Chunk& ensure_chunk(PageIndex index);

    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::uint32_t resident_ = 0;
    std::uint32_t swapped_ = 0;
};

}  // namespace vmlab
