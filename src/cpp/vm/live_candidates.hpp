// SPDX-License-Identifier: GPL-2.0-only
// LiveCandidates: what a replacement policy sees of the pages in memory of a running system.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "vm/policy/replacement_policy.hpp"
#include "vm/virtual_memory.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

/// Their page-table entries, by the reverse map.
/// Owner: who asks a policy, for as long as it does.
class LiveCandidates final : public Candidates {
public:
    /// `zone`: where alone a frame is wanted; null for anywhere.
    LiveCandidates(VirtualMemory& vm, const std::vector<FrameNumber>& refused, const FrameZone* zone)
        : vm_(vm), refused_(refused), zone_(zone) {}

    [[nodiscard]] bool may_evict(FrameNumber frame) const override {
        const Page* page = vm_.page_of(frame);
        if (page == nullptr || page->wired() || page->busy() || page->object().locked() ||
            std::ranges::find(refused_, frame) != refused_.end()) {
            return false;
        }
        if (zone_ != nullptr && !zone_->contains(frame)) {
            return false;
        }
        return vm_.swap().used() < vm_.swap().total() || page->object().kind() == ObjectKind::File ||
               slot_may_be_had() || !is_modified(frame);
    }
    /// The page in a frame, if it may leave and is charged to this domain; null for any other.
    [[nodiscard]] Page* find_in(ReplacementDomains::Number domain, FrameNumber frame) const {
        Page* page = vm_.page_of(frame);
        const bool charged = page != nullptr && page->state() == PageState::Active && page->domain() == domain;
        return charged && may_evict(frame) ? page : nullptr;
    }
    [[nodiscard]] bool is_accessed(FrameNumber frame) const override { return any_entry_has(frame, PteBits::ACCESSED); }
    [[nodiscard]] bool is_modified(FrameNumber frame) const override {
        const Page* page = vm_.page_of(frame);
        return page != nullptr && (page->dirty() || any_entry_has(frame, PteBits::DIRTY));
    }
    [[nodiscard]] bool test_and_clear_accessed(FrameNumber frame) override {
        bool accessed = false;
        for_each_entry(frame, [&](Pmap& pmap, VirtAddr va, Pte pte) {
            if (pte.accessed()) {
                accessed = true;
                pmap.clear(va, PteBits::ACCESSED);
            }
        });
        return accessed;
    }
    [[nodiscard]] std::uint64_t now() const override { return vm_.now(); }

private:
    template <typename Visit>
    void for_each_entry(FrameNumber frame, const Visit& visit) const {
        if (const Page* page = vm_.page_of(frame)) {
            page->object().for_each_entry(*page, visit);
        }
    }
    [[nodiscard]] bool any_entry_has(FrameNumber frame, std::uint32_t bits) const {
        bool has = false;
        for_each_entry(frame, [&](Pmap&, VirtAddr, Pte pte) { has = has || (pte.bits & bits) != 0; });
        return has;
    }

    /// Whether some page in memory could do without its swap slot.
    [[nodiscard]] bool slot_may_be_had() const {
        if (swap_cached_ == SwapCached::Unknown) {
            swap_cached_ = vm_.find_swap_cached() != nullptr ? SwapCached::Some : SwapCached::None;
        }
        return swap_cached_ == SwapCached::Some;
    }

    VirtualMemory& vm_;
    const std::vector<FrameNumber>& refused_;
    const FrameZone* zone_;
    enum class SwapCached : std::uint8_t { Unknown, None, Some };
    mutable SwapCached swap_cached_ = SwapCached::Unknown;  ///< every page is asked, so only when it matters
};

}  // namespace vmlab
