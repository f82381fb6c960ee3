// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page_daemon.hpp"

#include <algorithm>

#include "vm/virtual_memory.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

namespace {

/// What a policy sees of the pages in memory: their page-table entries, by the reverse map.
class LiveCandidates final : public Candidates {
public:
    LiveCandidates(VirtualMemory& vm, const std::vector<FrameNumber>& refused)
        : vm_(vm), refused_(refused), swap_is_full_(vm.swap().used() == vm.swap().total() && !vm.find_swap_cached()) {}

    [[nodiscard]] bool may_evict(FrameNumber frame) const override {
        const Page* page = vm_.page_of(frame);
        if (page == nullptr || page->wired() || page->busy() || std::ranges::find(refused_, frame) != refused_.end()) {
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
            page->object().for_each_place(page->index(), [&](Pmap& pmap, VirtAddr va) {
                const Pte pte = pmap.lookup(va);
                if (pte.present() && pte.frame() == frame) {
                    visit(pmap, va, pte);
                }
            });
        }
    }
    [[nodiscard]] bool any_entry_has(FrameNumber frame, std::uint32_t bits) const {
        bool has = false;
        for_each_entry(frame, [&](Pmap&, VirtAddr, Pte pte) { has = has || (pte.bits & bits) != 0; });
        return has;
    }

    VirtualMemory& vm_;
    const std::vector<FrameNumber>& refused_;
    bool swap_is_full_;  ///< no slot is free, nor can be made so
};

}  // namespace

bool PageDaemon::make_room() {
    const ReplacementDomain& own = vm_.current_domain();
    while (own.pages >= own.limit) {
        refused_.clear();
        if (!evict_one(vm_.current_domain())) {
            return false;
        }
    }
    while (vm_.free_frames() == 0) {
        if (!free_one()) {
            return false;
        }
    }
    return true;
}

bool PageDaemon::free_one() {
    refused_.clear();
    for (const FrameList* list : {&vm_.standby(), &vm_.modified()}) {
        while (const auto frame = list->front()) {
            if (discard(*vm_.page_of(*frame))) {
                return true;
            }
        }
    }
    if (evict_one(vm_.current_domain())) {
        return true;
    }
    return std::ranges::any_of(domains_by_size(), [this](ReplacementDomain* domain) { return evict_one(*domain); });
}

std::vector<ReplacementDomain*> PageDaemon::domains_by_size() {
    std::vector<ReplacementDomain*> domains;
    for (std::size_t number = 0; number < vm_.domains().size(); ++number) {
        ReplacementDomain& domain = vm_.domains()[static_cast<ReplacementDomains::Number>(number)];
        if (domain.pages > 0) {
            domains.push_back(&domain);
        }
    }
    std::ranges::stable_sort(domains, std::ranges::greater(), &ReplacementDomain::pages);
    return domains;
}

bool PageDaemon::evict_one(ReplacementDomain& domain) {
    while (Page* page = choose_victim(domain)) {
        detach(*page);
        if (discard(*page)) {
            return true;
        }
    }
    return false;
}

Page* PageDaemon::choose_victim(ReplacementDomain& domain) {
    LiveCandidates candidates(vm_, refused_);
    const auto victim = domain.policy->select_victim(candidates);
    if (!victim) {
        return nullptr;
    }
    Page* page = vm_.page_of(*victim);
    if (page == nullptr || page->state() != PageState::Active || !candidates.may_evict(*victim)) {
        throw PolicyError("replacement policy \"" + std::string(domain.policy->name()) + "\" chose frame " +
                          std::to_string(victim->value) + ", which holds no page that may be evicted");
    }
    return page;
}

void PageDaemon::detach(Page& page) {
    const PageUse use = Pmap::remove_all(PageReverseMap(page), page.frame());
    if (use.dirty) {
        page.mark_dirty();
    }
    vm_.count([](VmCounters& c) { ++c.pages_evicted; });
    vm_.emit(PageEvictedEvent{.object = page.object().id(),
                              .page = page.index().value,
                              .frame = page.frame(),
                              .dirty = page.dirty() ? 1U : 0U});
    vm_.deactivate(page);
}

bool PageDaemon::discard(Page& page) {
    if (page.dirty() && !page.object().launder(page)) {
        refused_.push_back(page.frame());
        vm_.reactivate(page);
        return false;
    }
    page.object().evict_page(page.index());
    return true;
}

void PageDaemon::run() {
    const MemoryProfile& profile = vm_.profile();
    if (profile.policy_tick > 0 && vm_.now() >= next_tick_) {
        next_tick_ = vm_.now() + profile.policy_tick;
        refused_.clear();
        LiveCandidates candidates(vm_, refused_);
        for (std::size_t number = 0; number < vm_.domains().size(); ++number) {
            if (ReplacementPolicy* policy =
                    vm_.domains()[static_cast<ReplacementDomains::Number>(number)].policy.get()) {
                policy->on_tick(candidates);
            }
        }
    }
    if (profile.low_watermark > 0) {
        balance();
    }
    vm_.zero_page_thread().run();
}

void PageDaemon::balance() {
    const MemoryProfile& profile = vm_.profile();
    const auto available = [this] { return vm_.free_frames() + vm_.standby().size(); };
    if (available() >= profile.low_watermark) {
        return;
    }
    refused_.clear();
    while (available() + vm_.modified().size() < profile.high_watermark) {
        Page* page = nullptr;
        for (ReplacementDomain* domain : domains_by_size()) {
            page = choose_victim(*domain);
            if (page != nullptr) {
                break;
            }
        }
        if (page == nullptr) {
            break;
        }
        detach(*page);
    }
    while (const auto frame = vm_.modified().front()) {
        Page& page = *vm_.page_of(*frame);
        // Ahead of time no page in memory has to give its slot up: that would only make another one modified.
        const bool has_place = page.object().kind() == ObjectKind::File || vm_.swap().used() < vm_.swap().total();
        if (has_place && page.object().launder(page)) {
            vm_.to_standby(page);
        } else {
            refused_.push_back(*frame);
            vm_.reactivate(page);
        }
    }
}

}  // namespace vmlab
