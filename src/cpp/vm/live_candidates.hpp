// SPDX-License-Identifier: GPL-2.0-only
// LiveCandidates: what a replacement policy sees of the pages in memory of a running system.
#pragma once

#include <algorithm>
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
        : vm_(vm),
          refused_(refused),
          zone_(zone),
          swap_is_full_(vm.swap().used() == vm.swap().total() && !vm.find_swap_cached()) {}

    [[nodiscard]] bool may_evict(FrameNumber frame) const override {
        const Page* page = vm_.page_of(frame);
        if (page == nullptr || page->wired() || page->busy() || std::ranges::find(refused_, frame) != refused_.end()) {
            return false;
        }
        if (zone_ != nullptr && !zone_->contains(frame)) {
            return false;
        }
        return !swap_is_full_ || page->object().kind() == ObjectKind::File || !is_modified(frame);
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

    VirtualMemory& vm_;
    const std::vector<FrameNumber>& refused_;
    const FrameZone* zone_;
    bool swap_is_full_;  ///< no slot is free, nor can be made so
};

}  // namespace vmlab
