// SPDX-License-Identifier: GPL-2.0-only
#include "vm/virtual_memory.hpp"

#include <algorithm>

#include "vm/file_pages.hpp"
#include "vm/policy/policies.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

VirtualMemory::VirtualMemory(Machine& machine, Tracer& tracer, const VmConfig& config)
    : machine_(machine),
      tracer_(tracer),
      config_(config),
      swap_(config.swap_slots, config.profile.swap_disk),
      file_disk_(config.profile.file_disk),
      daemon_(*this),
      modified_page_writer_(*this),
      zero_page_thread_(*this),
      balance_set_manager_(*this),
      swapper_(*this),
      commit_(*this),
      transfers_(*this) {
    make_zones();
}

VirtualMemory::~VirtualMemory() {
    if (zero_frame_) {
        machine_.frames().free(*zero_frame_);
    }
}

std::unique_ptr<ReplacementPolicy> VirtualMemory::make_policy() const {
    if (config_.profile.make_policy) {
        return config_.profile.make_policy();
    }
    const MemoryProfile& profile = config_.profile;
    PolicyOptions options{.seed = config_.seed, .tau = profile.tau, .tick = profile.policy_tick};
    if (profile.hand_spread > 0) {
        options.hand_spread = profile.hand_spread;
    }
    auto policy = vmlab::make_policy(profile.replacement, options);
    require(policy.ok(), "a profile names a policy that there is");
    return std::move(policy).take();
}

void VirtualMemory::count_tlb() {
    const TlbCounters& now = machine_.mmu().tlb().counters();
    count([&](VmCounters& c) { c.tlb += now.since(tlb_counted_); });
    tlb_counted_ = now;
}

std::size_t VirtualMemory::metadata_bytes() const {
    std::size_t bytes = pages_.capacity() * sizeof(pages_[0]);
    for (const VmObject* object = objects_.first(); object != nullptr; object = ObjectList::after(*object)) {
        bytes += object->metadata_bytes();
    }
    return bytes;
}

ReplacementDomains::Number VirtualMemory::join_domain() {
    if (config_.profile.scope == ReplacementScope::Global) {
        return 0;
    }
    return domains_.add({.policy = make_policy(),
                         .limit = config_.profile.process_frames,
                         .minimum = config_.profile.working_set_minimum});
}

void VirtualMemory::leave_domain(ReplacementDomains::Number number) {
    if (is_shared(number)) {
        return;
    }
    // What outlives the process, a file's pages above all, is charged to nobody then: a domain for all has it.
    for (Page* page : pages_) {
        if (page == nullptr || page->domain_ != number) {
            continue;
        }
        const bool active = page->state_ == PageState::Active;
        if (active) {
            leave_state(*page);
        }
        page->domain_ = shared_domain_of(page->frame());
        if (active) {
            enter_policy(*page);
        }
    }
    domains_.remove(number);
    if (current_.domain == number) {
        current_.domain = 0;
    }
}

VirtualMemory::FrameAnswer VirtualMemory::request_frame(IoMode mode, FrameContent content, FrameUse use) {
    if (const Room room = daemon_.make_room(mode); room != Room::Made) {
        return {room, {}};
    }
    return {Room::Made, content == FrameContent::Zeros ? take_zeroed_frame(use) : take_frame(use)};
}

FrameNumber VirtualMemory::take_frame(FrameUse use) {
    const auto frame = machine_.frames().allocate(use);
    require(frame.has_value(), "the page daemon made room");
    note_allocated(*frame);
    return *frame;
}

FrameNumber VirtualMemory::take_zeroed_frame(FrameUse use) {
    const auto filled = machine_.frames().allocate_for_zeros(use);
    require(filled.has_value(), "the page daemon made room");
    note_allocated(filled->frame);
    if (filled->content == FrameContent::Unspecified) {
        memory().zero_frame(filled->frame);
        count([](VmCounters& c) { ++c.pages_zeroed; });
    }
    return filled->frame;
}

std::optional<FrameNumber> VirtualMemory::take_spare_frame() {
    if (free_frames() <= std::max<std::uint32_t>(1, config_.profile.low_watermark)) {
        return std::nullopt;
    }
    return take_frame(FrameUse::Page);
}

std::optional<FrameNumber> VirtualMemory::allocate_frame(FrameUse use) {
    const FrameAnswer answer = request_frame(IoMode::Wait, FrameContent::Unspecified, use);
    return answer.room == Room::Made ? std::optional(answer.frame) : std::nullopt;
}

void VirtualMemory::free_frame(FrameNumber frame) {
    machine_.frames().free(frame);
    --page_frames_;
    frame_waiters_.note_change();
    emit(FrameFreedEvent{.frame = frame});
}

Room VirtualMemory::request_frames(std::uint32_t frames, IoMode mode) {
    while (available_frames() < frames) {
        if (const Room room = daemon_.free_one(mode); room != Room::Made) {
            return room;
        }
    }
    return Room::Made;
}

std::uint32_t VirtualMemory::available_frames() {
    const std::uint32_t available = machine_.frames().available();
    return available - std::min(available, frame_waiters_.kept_from(current_.pid));
}

std::uint32_t VirtualMemory::unused_frames() {
    const std::uint32_t below_limit = config_.page_frame_limit - std::min(config_.page_frame_limit, pageable_frames());
    return std::min(below_limit, machine_.frames().available());
}

std::uint32_t VirtualMemory::free_frames() {
    const std::uint32_t unused = unused_frames();
    return unused - std::min(unused, frame_waiters_.kept_from(current_.pid));
}

std::optional<FrameNumber> VirtualMemory::zero_frame() {
    if (!zero_frame_ && reserve_frames(1)) {
        zero_frame_ = machine_.frames().allocate(FrameUse::ZeroPage);
        memory().zero_frame(*zero_frame_);
    }
    return zero_frame_;
}

void VirtualMemory::enter_policy(Page& page) {
    page.state_ = PageState::Active;
    ReplacementDomain& domain = domains_[page.domain_];
    ++domain.pages;
    domain.policy->on_insert(page.frame(), page.identity());
}

void VirtualMemory::adopt_page(Page& page) {
    if (page.frame().value >= pages_.size()) {
        pages_.resize(page.frame().value + 1, nullptr);
    }
    require(pages_[page.frame().value] == nullptr, "a frame holds one page");
    pages_[page.frame().value] = &page;
    if (page.object().kind() == ObjectKind::Device) {
        page.state_ = PageState::Device;
        return;
    }
    page.domain_ = domain_for(page.frame());
    if (page.state_ == PageState::Active) {
        enter_policy(page);
    }
}

Page* VirtualMemory::find_swap_cached() const {
    if (swap_.used() == 0) {
        return nullptr;
    }
    const auto found = std::ranges::find_if(pages_, [](const Page* page) {
        return page != nullptr && page->transit_ == Transit::None && page->object().swap_slot(page->index()).valid();
    });
    return found == pages_.end() ? nullptr : *found;
}

std::optional<SwapDevice::Run> VirtualMemory::allocate_swap_slots(std::uint32_t wanted) {
    if (swap_.used() == swap_.total()) {
        if (Page* page = find_swap_cached()) {
            page->mark_dirty();
            if (page->state_ == PageState::Standby) {
                leave_state(*page);
                page->state_ = PageState::Modified;
                modified_.push_back(page->frame());
            }
        }
    }
    return swap_.allocate(wanted);
}

void VirtualMemory::note_access(FrameNumber frame, Access access) {
    const Page* page = page_of(frame);
    if (page != nullptr && page->state_ == PageState::Active) {
        emit(AccessEvent{.object = page->object().id(), .page = page->index().value, .frame = frame, .access = access});
        domains_[page->domain_].policy->on_access(frame, access);
    }
}

void VirtualMemory::leave_state(Page& page) {
    switch (page.state_) {
        case PageState::Active: {
            ReplacementDomain& domain = domains_[page.domain_];
            --domain.pages;
            domain.policy->on_evict(page.frame());
            break;
        }
        case PageState::Modified:
            modified_.remove(page.frame());
            break;
        case PageState::Standby:
            standby_.remove(page.frame());
            break;
        case PageState::Wired:
            --wired_pages_;
            break;
        case PageState::Device:
        case PageState::Busy:
            break;
    }
}

void VirtualMemory::release_page(Page& page) {
    require(!page.pinned(), "a page that somebody works with stays");
    if (page.transit_ != Transit::None) {
        transfers_.forget(page);
    }
    leave_state(page);
    pages_[page.frame().value] = nullptr;
    if (page.state_ != PageState::Device) {
        free_frame(page.frame());
    }
}

void VirtualMemory::drop_clean_file_pages() {
    for (VmObject* object = objects_.first(); object != nullptr; object = ObjectList::after(*object)) {
        if (object->kind() == ObjectKind::File) {
            drop_clean(*object, {.end = object->size_pages()});
        }
    }
}

void VirtualMemory::wire(Page& page) {
    if (page.wire_count_++ == 0 && page.state_ != PageState::Device) {
        leave_state(page);
        page.state_ = PageState::Wired;
        ++wired_pages_;
    }
}

void VirtualMemory::unwire(Page& page) {
    require(page.wired(), "unwire of a wired page");
    if (--page.wire_count_ == 0 && page.state_ != PageState::Device) {
        --wired_pages_;
        enter_policy(page);
    }
}

void VirtualMemory::deactivate(Page& page) {
    require(page.state_ == PageState::Active, "deactivate an active page");
    ++evicted_from_[machine_.frames().zone_of(page.frame())];
    leave_state(page);
    page.state_ = page.dirty() ? PageState::Modified : PageState::Standby;
    (page.dirty() ? modified_ : standby_).push_back(page.frame());
}

void VirtualMemory::make_busy(Page& page) {
    leave_state(page);
    page.state_ = PageState::Busy;
}

void VirtualMemory::put_to_use(Page& page) {
    require(page.state_ == PageState::Busy, "put_to_use of a page that was busy");
    enter_policy(page);
}

void VirtualMemory::put_on_standby(Page& page) {
    require(page.state_ == PageState::Busy && !page.dirty(), "put_on_standby of a clean page that was busy");
    page.state_ = PageState::Standby;
    standby_.push_back(page.frame());
}

void VirtualMemory::note_clean(Page& page) {
    if (page.state_ == PageState::Modified) {
        make_busy(page);
        put_on_standby(page);
    }
}

bool VirtualMemory::reactivate(Page& page) {
    if (page.state_ != PageState::Modified && page.state_ != PageState::Standby) {
        return false;
    }
    leave_state(page);
    page.domain_ = domain_for(page.frame());
    enter_policy(page);
    return true;
}

}  // namespace vmlab
