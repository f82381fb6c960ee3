// SPDX-License-Identifier: GPL-2.0-only
#include "vm/transfers.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "vm/virtual_memory.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

namespace {

/// Whether the page will be on standby or free.
bool ends_unused(const Carried& carried) {
    return carried.after == AfterTransfer::Free || carried.after == AfterTransfer::Standby;
}

/// Null for who does not wait.
auto* find_waiter(auto& waiters, std::uint32_t pid) {
    const auto found = std::ranges::find_if(waiters, [pid](const auto& waiter) { return waiter.pid == pid; });
    return found == waiters.end() ? nullptr : &*found;
}

}  // namespace

Transfers::Started Transfers::start(const DiskRequest& request, std::vector<Carried> pages, IoMode mode) {
    for (const Carried& carried : pages) {
        require(carried.page->transit_ == Transit::None, "a page is in one transfer");
        carried.page->transit_ = request.direction == IoDirection::Read ? Transit::In : Transit::Out;
    }
    const Page& first = *pages.front().page;
    Transfer transfer{.id = next_id_++, .pid = vm_.current_pid(), .request = request, .pages = std::move(pages)};
    const std::uint32_t id = transfer.id;
    if (request.done_at <= vm_.now()) {
        return {id, finish(std::move(transfer))};
    }
    const std::uint64_t longest = std::numeric_limits<std::uint32_t>::max();
    vm_.emit(IoStartedEvent{.transfer = id,
                            .direction = request.direction,
                            .object = first.object().id(),
                            .page = first.index().value,
                            .pages = static_cast<std::uint32_t>(transfer.pages.size()),
                            .duration = static_cast<std::uint32_t>(std::min(longest, request.done_at - vm_.now()))});
    next_end_ = std::min(next_end_, request.done_at);
    under_way_.push_back(std::move(transfer));
    if (mode == IoMode::Wait) {
        return {id, wait_for(first)};
    }
    return {id, std::nullopt};
}

template <typename Matches>
std::uint32_t Transfers::count_pages(const Matches& matches) const {
    std::uint32_t pages = 0;
    for (const Transfer& transfer : under_way_) {
        pages += static_cast<std::uint32_t>(std::ranges::count_if(transfer.pages, [&matches](const Carried& carried) {
            return carried.page != nullptr && matches(carried);
        }));
    }
    return pages;
}

std::uint32_t Transfers::leaving() const {
    return count_pages([](const Carried& carried) { return carried.after == AfterTransfer::Free; });
}

std::uint32_t Transfers::unused() const { return count_pages(ends_unused); }

std::uint32_t Transfers::unused_in(const FrameZone& zone) const {
    return count_pages(
        [&zone](const Carried& carried) { return ends_unused(carried) && zone.contains(carried.page->frame()); });
}

std::uint32_t Transfers::arriving_in(std::uint16_t domain) const {
    return count_pages([domain](const Carried& carried) {
        return carried.after == AfterTransfer::Use && carried.page->domain() == domain;
    });
}

std::vector<Transfer>::iterator Transfers::first_to_end() {
    return std::ranges::min_element(
        under_way_, {}, [](const Transfer& transfer) { return std::pair(transfer.request.done_at, transfer.id); });
}

Transfer& Transfers::carrier_of(const Page& page) {
    const auto carrier = std::ranges::find_if(under_way_, [&page](const Transfer& transfer) {
        return std::ranges::find(transfer.pages, &page, &Carried::page) != transfer.pages.end();
    });
    require(carrier != under_way_.end(), "a page in transit is in a transfer");
    return *carrier;
}

std::uint32_t Transfers::want(const Page& page) {
    Transfer& carrier = carrier_of(page);
    carrier.wanted = true;
    return carrier.id;
}

IoResult Transfers::wait_for(const Page& page) {
    const Transfer& carrier = carrier_of(page);
    const std::uint32_t id = carrier.id;
    const IoResult result = carrier.request.result;
    while (std::ranges::find(under_way_, id, &Transfer::id) != under_way_.end()) {
        wait_for_next();
    }
    return result;
}

void Transfers::wait_for_next() {
    require(any(), "waiting for a transfer that there is");
    vm_.advance_to(next_end_);
    finish_due();
}

bool Transfers::any_due() const { return any() && next_end_ <= vm_.now(); }

void Transfers::finish_due() {
    while (any_due()) {
        const auto first = first_to_end();
        Transfer ended = std::move(*first);
        under_way_.erase(first);
        next_end_ = any() ? first_to_end()->request.done_at : NEVER;
        if (ended.wanted) {
            // What was to leave and could not is still there.
            const bool comes_in = ended.request.direction == IoDirection::Read;
            finished_.push_back({ended.id, comes_in ? ended.request.result : IoResult::Ok});
        }
        vm_.frame_waiters().note_change();
        vm_.tracer().emit(ended.pid, IoDoneEvent{.transfer = ended.id, .result = ended.request.result});
        finish(std::move(ended));
    }
}

IoResult Transfers::finish(Transfer transfer) {
    for (const Carried& carried : transfer.pages) {
        if (carried.page != nullptr) {
            carried.page->transit_ = Transit::None;
            settle(carried, transfer);
        }
    }
    return transfer.request.result;
}

void Transfers::settle(const Carried& carried, const Transfer& transfer) {
    Page& page = *carried.page;
    if (transfer.request.result == IoResult::Failed) {
        if (transfer.request.direction == IoDirection::Read) {
            page.object().forget_page(page.index());
            return;
        }
        if (carried.after != AfterTransfer::Stay) {
            vm_.put_to_use(page);
        }
        return;
    }
    switch (carried.after) {
        case AfterTransfer::Use:
            vm_.put_to_use(page);
            break;
        case AfterTransfer::Free:
            if (!transfer.wanted) {
                page.object().evict_page(page.index());
                break;
            }
            [[fallthrough]];
        case AfterTransfer::Standby:
            vm_.put_on_standby(page);
            break;
        case AfterTransfer::Stay:
            break;
    }
}

void Transfers::forget(const Page& page) {
    Transfer& carrier = carrier_of(page);
    std::ranges::find(carrier.pages, &page, &Carried::page)->page = nullptr;
}

void FrameWaiters::add(std::uint32_t pid) {
    if (auto* waiter = find_waiter(waiters_, pid)) {
        *waiter = {pid, changes_};
    } else {
        waiters_.push_back({pid, changes_});
    }
}

void FrameWaiters::remove(std::uint32_t pid) {
    std::erase_if(waiters_, [pid](const Waiter& w) { return w.pid == pid; });
}

void FrameWaiters::grant(std::uint32_t free_frames) {
    std::uint32_t kept = 0;
    for (Waiter& waiter : waiters_) {
        waiter.granted = kept < free_frames && (waiter.granted || waiter.since != changes_);
        kept += waiter.granted ? 1U : 0U;
    }
}

std::uint32_t FrameWaiters::kept_from(std::uint32_t pid) const {
    return static_cast<std::uint32_t>(
        std::ranges::count_if(waiters_, [pid](const Waiter& w) { return w.granted && w.pid != pid; }));
}

std::uint32_t FrameWaiters::waiting_beside(std::uint32_t pid) const {
    return static_cast<std::uint32_t>(
        std::ranges::count_if(waiters_, [pid](const Waiter& w) { return !w.granted && w.pid != pid; }));
}

bool FrameWaiters::is_granted(std::uint32_t pid) const {
    const Waiter* waiter = find_waiter(waiters_, pid);
    return waiter != nullptr && waiter->granted;
}

bool FrameWaiters::may_try_again(std::uint32_t pid) const {
    const Waiter* waiter = find_waiter(waiters_, pid);
    return waiter == nullptr || waiter->since != changes_;
}

}  // namespace vmlab
