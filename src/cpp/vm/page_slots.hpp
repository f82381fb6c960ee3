// SPDX-License-Identifier: GPL-2.0-only
// PageSlots: the slots of a VmObject, one a page, sparse and in order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.hpp"
#include "vm/page.hpp"

namespace vmlab {

/// Maps PageIndex to the Page that is in memory, if any.
/// Owner: its VmObject. Owns: the pages.
class PageSlots {
public:
    [[nodiscard]] Page* find(PageIndex index) const {
        const std::size_t chunk = index.value / CHUNK;
        return chunk < chunks_.size() && chunks_[chunk] ? (*chunks_[chunk])[index.value % CHUNK].get() : nullptr;
    }
    /// Requires: the slot is empty.
    Page& insert(PageIndex index, std::unique_ptr<Page> page);
    /// Nothing when the slot is empty.
    std::unique_ptr<Page> take(PageIndex index);
    [[nodiscard]] std::uint32_t count() const { return count_; }

    /// In index order; `visit` must not insert or take.
    template <typename Visit>
    void for_each(const Visit& visit) const {
        for (const auto& chunk : chunks_) {
            if (!chunk) {
                continue;
            }
            for (const auto& page : *chunk) {
                if (page) {
                    visit(*page);
                }
            }
        }
    }

private:
    static constexpr std::uint32_t CHUNK = 64;
    using Chunk = std::array<std::unique_ptr<Page>, CHUNK>;
    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::uint32_t count_ = 0;
};

}  // namespace vmlab
