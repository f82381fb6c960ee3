// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page_daemon.hpp"

#include <algorithm>

#include "vm/live_candidates.hpp"
#include "vm/virtual_memory.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

namespace {

/// How often in the time that a file's page may stay dirty the files are looked at: Linux does it every 5 of 30 seconds.
constexpr std::uint64_t WRITE_BACKS_AN_AGE = 6;

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
    for (ReplacementDomain* domain : domains_in_turn(Taking::ForCurrent)) {
        if (const Room room = evict_one(*domain, mode); room != Room::None) {
            return room;
        }
    }
    return Room::None;
}

std::vector<ReplacementDomain*> PageDaemon::domains_in_turn(Taking taking) {
    ReplacementDomain* const current = &vm_.current_domain();
    // Who takes a page of his own for another has as many as before; below his minimum, others give him one.
    const bool own = taking == Taking::ForCurrent && current->pages > 0 && current->pages >= current->minimum;
    std::vector<ReplacementDomain*> domains;
    for (std::size_t number = 0; number < vm_.domains().size(); ++number) {
        ReplacementDomain& domain = vm_.domains()[static_cast<ReplacementDomains::Number>(number)];
        if (domain.pages > domain.minimum || (own && &domain == current)) {
            domains.push_back(&domain);
        }
    }
    std::ranges::stable_sort(domains, std::ranges::greater(), [](const ReplacementDomain* domain) {
        return std::int64_t{domain->pages} - std::int64_t{domain->minimum};
    });
    const bool shared = vm_.profile().scope == ReplacementScope::Global;
    const auto first = std::ranges::find(domains, shared ? give_turn(domains) : current);
    if (first != domains.end() && (shared || own)) {
        std::rotate(domains.begin(), first, first + 1);
    }
    if (taking == Taking::ForCurrent && current->pages < current->minimum) {
        add_guaranteed(domains);
    }
    return domains;
}

/// Locked pages and page tables may have taken what was promised to all: then the current one gives a page of his own, or
/// somebody else does, who has most.
void PageDaemon::add_guaranteed(std::vector<ReplacementDomain*>& domains) {
    const auto others = static_cast<std::ptrdiff_t>(domains.size());
    for (std::size_t number = 0; number < vm_.domains().size(); ++number) {
        ReplacementDomain& domain = vm_.domains()[static_cast<ReplacementDomains::Number>(number)];
        if (domain.pages > 0 && domain.pages <= domain.minimum) {
            domains.push_back(&domain);
        }
    }
    std::stable_sort(domains.begin() + others, domains.end(),
                     [current = &vm_.current_domain()](const ReplacementDomain* a, const ReplacementDomain* b) {
                         return (a == current) != (b == current) ? a == current : a->pages > b->pages;
                     });
}

/// Each has as many turns as its share of the pages, spread evenly, as Linux scans zones.
ReplacementDomain* PageDaemon::give_turn(const std::vector<ReplacementDomain*>& domains) {
    ReplacementDomain* chosen = nullptr;
    std::int64_t pages = 0;
    for (ReplacementDomain* domain : domains) {
        domain->turn += domain->pages;
        pages += domain->pages;
        if (chosen == nullptr || domain->turn > chosen->turn) {
            chosen = domain;
        }
    }
    if (chosen != nullptr) {
        chosen->turn -= pages;
    }
    return chosen;
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

Page* PageDaemon::choose_victim(ReplacementDomain& domain, const FrameZone* zone) {
    LiveCandidates candidates(vm_, refused_, zone);
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

void PageDaemon::expel(Page& page) {
    static_cast<void>(discard(page, IoMode::Wait));
    refused_.clear();
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
    vm_.balance_set_manager().run();
    if (profile.low_watermark > 0) {
        balance();
    }
    vm_.modified_page_writer().run();
    if (profile.write_back_age > 0 && vm_.now() >= next_write_back_) {
        next_write_back_ = vm_.now() + std::max<std::uint64_t>(1, profile.write_back_age / WRITE_BACKS_AN_AGE);
        write_back_old();
    }
    vm_.zero_page_thread().run();
}

void PageDaemon::run_policies() {
    refused_.clear();
    LiveCandidates candidates(vm_, refused_, nullptr);
    for (std::size_t number = 0; number < vm_.domains().size(); ++number) {
        if (ReplacementPolicy* policy = vm_.domains()[static_cast<ReplacementDomains::Number>(number)].policy.get()) {
            policy->on_tick(candidates);
        }
    }
}

void PageDaemon::balance() {
    refused_.clear();
    const std::vector<FrameZone>& zones = vm_.machine().frames().zones();
    std::uint32_t taken = 0;
    bool low = false;
    for (std::size_t zone = zones.size(); zones.size() > 1 && zone-- > 0;) {
        if (zones[zone].available() + vm_.standby_in(zone) < vm_.watermarks(zone).low) {
            low = true;
            taken += balance_zone(zone);
        }
    }
    if (vm_.free_frames() + vm_.standby().size() < vm_.profile().low_watermark) {
        low = true;
        taken += detach_until(vm_.profile().high_watermark, nullptr, [this] {
            return vm_.free_frames() + vm_.standby().size() + vm_.modified().size() + vm_.transfers().unused();
        });
    }
    if (taken > 0) {
        vm_.note_work(vm_.balance_set_manager().on_duty() ? Worker::BalanceSetManager : Worker::PageoutDaemon, taken);
    }
    if (low) {
        vm_.modified_page_writer().write_all();
    }
}

std::uint32_t PageDaemon::balance_zone(std::size_t number) {
    const FrameZone& zone = vm_.machine().frames().zones()[number];
    const std::uint32_t available = zone.available() + vm_.standby_in(number);
    const std::uint32_t taken = detach_until(vm_.watermarks(number).high, &zone, [&] {
        return zone.available() + vm_.standby_in(number) + vm_.modified_in(number) + vm_.transfers().unused_in(zone);
    });
    vm_.emit(ZoneBalanceEvent{.zone = zone.name(), .available = available, .pages = taken});
    return taken;
}

std::uint32_t PageDaemon::detach_until(std::uint32_t frames, const FrameZone* zone,
                                       const std::function<std::uint32_t()>& expected) {
    std::uint32_t taken = 0;
    for (; expected() < frames; ++taken) {
        Page* page = nullptr;
        for (ReplacementDomain* domain : domains_in_turn(Taking::Ahead)) {
            page = choose_victim(*domain, zone);
            if (page != nullptr) {
                break;
            }
        }
        if (page == nullptr) {
            break;
        }
        detach(*page);
    }
    return taken;
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
