// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page_daemon.hpp"

#include <algorithm>

#include "vm/virtual_memory.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

namespace {

/// How often in the time that a file's page may stay dirty the files are looked at: Linux does it every 5 of 30 seconds.
constexpr std::uint64_t WRITE_BACKS_AN_AGE = 6;

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
    bool swap_is_full_;  ///< no slot is free, nor can be made so
};

}  // namespace

Room PageDaemon::make_room(IoMode mode) {
    const ReplacementDomain& own = vm_.current_domain();
    while (own.pages + vm_.transfers().arriving_in(vm_.current_domain_number()) >= own.limit) {
        refused_.clear();
        if (evict_one(vm_.current_domain(), mode) != Room::None) {
            continue;
        }
        if (!vm_.transfers().any()) {
            return Room::None;
        }
        if (mode == IoMode::Start) {
            return Room::Coming;
        }
        vm_.transfers().wait_for_next();
    }
    while (vm_.free_frames() == 0) {
        if (const Room room = free_one(mode); room != Room::Made) {
            return room;
        }
    }
    return Room::Made;
}

Room PageDaemon::free_one(IoMode mode) {
    const Room room = try_to_free(mode);
    if (room == Room::Made || !vm_.transfers().any()) {
        return room;
    }
    if (mode == IoMode::Start) {
        return Room::Coming;
    }
    vm_.transfers().wait_for_next();
    return Room::Made;
}

Room PageDaemon::try_to_free(IoMode mode) {
    if (mode == IoMode::Start && vm_.transfers().leaving() > vm_.frame_waiters().waiting_beside(vm_.current_pid())) {
        return Room::Coming;
    }
    refused_.clear();
    for (const FrameList* list : {&vm_.standby(), &vm_.modified()}) {
        while (const auto frame = list->front()) {
            if (const Room room = discard(*vm_.page_of(*frame), mode); room != Room::None) {
                return room;
            }
        }
    }
    Room room = evict_one(vm_.current_domain(), mode);
    if (room == Room::None) {
        for (ReplacementDomain* domain : domains_by_size()) {
            room = evict_one(*domain, mode);
            if (room != Room::None) {
                break;
            }
        }
    }
    return room;
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

Room PageDaemon::evict_one(ReplacementDomain& domain, IoMode mode) {
    while (Page* page = choose_victim(domain)) {
        detach(*page);
        if (const Room room = discard(*page, mode); room != Room::None) {
            return room;
        }
    }
    return Room::None;
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

Room PageDaemon::discard(Page& page, IoMode mode) {
    if (!page.dirty()) {
        page.object().evict_page(page.index());
        return Room::Made;
    }
    const FrameNumber frame = page.frame();
    switch (page.object().launder(page, AfterTransfer::Free, mode)) {
        case Laundered::Done:
            return Room::Made;
        case Laundered::UnderWay:
            return Room::Coming;
        case Laundered::Failed:
            break;
    }
    refused_.push_back(frame);
    return Room::None;
}

void PageDaemon::run() {
    const MemoryProfile& profile = vm_.profile();
    if (profile.policy_tick > 0 && vm_.now() >= next_tick_) {
        next_tick_ = vm_.now() + profile.policy_tick;
        run_policies();
    }
    if (profile.low_watermark > 0) {
        balance();
    }
    if (profile.write_back_age > 0 && vm_.now() >= next_write_back_) {
        next_write_back_ = vm_.now() + std::max<std::uint64_t>(1, profile.write_back_age / WRITE_BACKS_AN_AGE);
        write_back_old();
    }
    vm_.zero_page_thread().run();
}

void PageDaemon::run_policies() {
    refused_.clear();
    LiveCandidates candidates(vm_, refused_);
    for (std::size_t number = 0; number < vm_.domains().size(); ++number) {
        if (ReplacementPolicy* policy = vm_.domains()[static_cast<ReplacementDomains::Number>(number)].policy.get()) {
            policy->on_tick(candidates);
        }
    }
}

void PageDaemon::balance() {
    const MemoryProfile& profile = vm_.profile();
    if (vm_.free_frames() + vm_.standby().size() >= profile.low_watermark) {
        return;
    }
    refused_.clear();
    detach_until(profile.high_watermark);
    write_modified();
}

void PageDaemon::detach_until(std::uint32_t frames) {
    const auto expected = [this] {
        return vm_.free_frames() + vm_.standby().size() + vm_.modified().size() + vm_.transfers().unused();
    };
    while (expected() < frames) {
        Page* page = nullptr;
        for (ReplacementDomain* domain : domains_by_size()) {
            page = choose_victim(*domain);
            if (page != nullptr) {
                break;
            }
        }
        if (page == nullptr) {
            return;
        }
        detach(*page);
    }
}

void PageDaemon::write_modified() {
    while (const auto frame = vm_.modified().front()) {
        Page& page = *vm_.page_of(*frame);
        // Ahead of time no page in memory has to give its slot up: that would only make another one modified.
        const bool has_place = page.object().kind() == ObjectKind::File || vm_.swap().used() < vm_.swap().total();
        if (!has_place) {
            vm_.reactivate(page);
            refused_.push_back(*frame);
        } else if (page.object().launder(page, AfterTransfer::Standby, IoMode::Start) == Laundered::Failed) {
            refused_.push_back(*frame);
        }
    }
}

void PageDaemon::write_back_old() {
    for (VmObject* object = vm_.objects().first(); object != nullptr; object = ObjectList::after(*object)) {
        if (object->kind() != ObjectKind::File || !object->note_dirty_entries()) {
            continue;
        }
        if (vm_.now() - *object->dirty_since() >= vm_.profile().write_back_age) {
            static_cast<void>(object->write_back(PageIndex(0), object->size_pages(), IoMode::Start));
        }
    }
}

}  // namespace vmlab
