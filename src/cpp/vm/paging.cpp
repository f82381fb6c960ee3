// SPDX-License-Identifier: GPL-2.0-only
// How pages travel: obtain_page brings one into memory, launder and write_back take it to its file or to swap.
//
//   obtain_page   in memory            as it is, off standby and modified if need be     Resident, Reclaim
//                 busy                 wait for its transfer                             Blocked
//                 stored nowhere       a frame of zeros                                  ZeroFill
//                 in swap or a file    a transfer, of neighbours too                     PageIn, or Blocked until it is over
#include <algorithm>
#include <cstring>

#include "vm/mapping.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

namespace {

/// The page and its neighbours, in order. On either side, first before it, `join(index)` gives one page after the other
/// until it gives none or there are `most`.
template <typename Join>
std::vector<Page*> with_neighbours(Page& page, std::uint64_t most, const Join& join) {
    std::vector<Page*> before, pages{&page};
    for (PageIndex at = page.index(); before.size() + 1 < most && at.value > 0;) {
        at = PageIndex(at.value - 1);
        Page* neighbour = join(at);
        if (neighbour == nullptr) {
            break;
        }
        before.push_back(neighbour);
    }
    pages.insert(pages.begin(), before.rbegin(), before.rend());
    for (PageIndex at = page.index() + 1; pages.size() < most; at = at + 1) {
        Page* neighbour = join(at);
        if (neighbour == nullptr) {
            break;
        }
        pages.push_back(neighbour);
    }
    return pages;
}

/// What a mapping has written behind the end of its file is zeros again once the page is written. Elsewhere: the tail that
/// block_write_full_page() clears (Linux).
void clear_behind_end(const Page& page) {
    const VmObject& file = page.object();
    const std::uint64_t start = std::uint64_t{page.index().value} * PAGE_SIZE;
    if (file.bytes() < start + PAGE_SIZE) {
        const auto frame = file.vm().memory().writable_frame(page.frame());
        const auto rest = frame.subspan(static_cast<std::size_t>(file.bytes() - start));
        std::memset(rest.data(), 0, rest.size());
    }
}

}  // namespace

VmObject::Obtained VmObject::obtain_page(PageIndex index, IoMode mode, Advice pattern) {
    require(index.value < size_pages(), "obtain_page inside the object");
    while (Page* page = find_page(index)) {
        if (page->state() != PageState::Busy) {
            return {page, vm_.reactivate(*page) ? FaultResult::Reclaim : FaultResult::Resident};
        }
        const std::uint32_t transfer = vm_.transfers().want(*page);
        if (mode == IoMode::Start) {
            return {nullptr, FaultResult::Blocked, transfer};
        }
        const bool comes_in = page->transit() == Transit::In;
        if (vm_.transfers().wait_for(*page) == IoResult::Failed && comes_in) {
            return {nullptr, FaultResult::BusError};
        }
    }
    if (kind_ == ObjectKind::Device) {
        return obtain_device_page(index);
    }
    const bool stored = swap_slot(index).valid() || pager_has(index);
    const auto [room, frame] = vm_.request_frame(mode, stored ? FrameContent::Unspecified : FrameContent::Zeros);
    if (room != Room::Made) {
        return {nullptr, room == Room::Coming ? FaultResult::Blocked : FaultResult::OutOfMemory};
    }
    if (!stored) {
        return {&insert_page(index, frame), FaultResult::ZeroFill};
    }
    return page_in(index, frame, mode, pattern);
}

VmObject::Obtained VmObject::page_in(PageIndex index, FrameNumber frame, IoMode mode, Advice pattern) {
    Page& page = read_into(index, frame);
    std::vector<Carried> pages;
    for (Page* each : read_ahead(page, pattern)) {
        pages.push_back({each, each == &page ? AfterTransfer::Use : AfterTransfer::Standby});
    }
    Disk& disk = swap_slot(index).valid() ? vm_.swap().disk() : pager_->disk();
    const DiskRequest request = disk.submit(IoDirection::Read, static_cast<std::uint32_t>(pages.size()), vm_.now());
    for (const Carried& carried : pages) {
        note_page_in(*carried.page, request.result);
    }
    const auto [transfer, result] = vm_.transfers().start(request, std::move(pages), mode);
    if (!result) {
        vm_.transfers().want(page);
        return {nullptr, FaultResult::Blocked, transfer, FaultCost::Major};
    }
    if (*result == IoResult::Failed) {
        return {nullptr, FaultResult::BusError};
    }
    return {&page, FaultResult::PageIn, transfer, FaultCost::Major};
}

Page& VmObject::read_into(PageIndex index, FrameNumber frame) {
    peek_stored(index, vm_.memory().writable_frame(frame));
    return insert_page(index, frame, PageState::Busy);
}

void VmObject::note_page_in(const Page& page, IoResult result) {
    if (result == IoResult::Failed) {
        return;
    }
    if (const SwapSlot slot = swap_slot(page.index()); slot.valid()) {
        vm_.count([](VmCounters& c) { ++c.pages_swapped_in; });
        vm_.emit(SwapInEvent{.object = id_, .page = page.index().value, .frame = page.frame(), .slot = slot.value});
    } else {
        vm_.count([](VmCounters& c) { ++c.pages_read; });
    }
}

/// The page with those around it that a transfer brings for little more: neighbours on the disk, for which frames are free
/// that nobody needs. In order.
/// As NT and Linux do for swap, the window is aligned; behind MADV_SEQUENTIAL it is twice as long and lies ahead.
std::vector<Page*> VmObject::read_ahead(Page& page, Advice pattern) {
    const PageIndex index = page.index();
    const std::uint32_t window = pattern == Advice::Random ? 0 : vm_.profile().readahead;
    const bool sequential = pattern == Advice::Sequential;
    const std::uint32_t first = window < 2 || sequential ? index.value : index.value - index.value % window;
    const std::uint64_t end = std::uint64_t{first} + (sequential ? 2 * std::uint64_t{window} : window);
    return with_neighbours(page, end - first, [&](PageIndex at) -> Page* {
        const PageIndex later = at < index ? at + 1 : at;
        if (at.value < first || at.value >= end || !is_stored_behind(later) || find_page(at) != nullptr) {
            return nullptr;
        }
        const auto frame = vm_.take_spare_frame();
        return frame ? &read_into(at, *frame) : nullptr;
    });
}

/// Whether the page at `index` lies on the disk right behind the one before it.
bool VmObject::is_stored_behind(PageIndex index) const {
    const SwapSlot slot = swap_slot(index);
    const SwapSlot before = swap_slot(PageIndex(index.value - 1));
    if (slot.valid() || before.valid()) {
        return slot.valid() && before.valid() && slot.value == before.value + 1;
    }
    return pager_has(index) && pager_has(PageIndex(index.value - 1));
}

Laundered VmObject::launder(Page& page, AfterTransfer after, IoMode mode) {
    require(page.dirty() && page.transit() == Transit::None, "launder is for dirty pages in no transfer");
    std::vector<Page*> cluster = cluster_around(page, after);
    std::optional<SwapDevice::Run> slots;
    if (!pager_) {
        slots = vm_.allocate_swap_slots(static_cast<std::uint32_t>(cluster.size()));
        if (!slots) {
            vm_.reactivate(page);
            return Laundered::Failed;
        }
        // So many of them as there are slots side by side, the page among them.
        const std::size_t at = static_cast<std::size_t>(std::ranges::find(cluster, &page) - cluster.begin());
        const std::size_t first = std::min(at, cluster.size() - slots->count);
        cluster.erase(cluster.begin(), cluster.begin() + static_cast<std::ptrdiff_t>(first));
        cluster.resize(slots->count);
    }
    Disk& disk = pager_ ? pager_->disk() : vm_.swap().disk();
    const auto count = static_cast<std::uint32_t>(cluster.size());
    const DiskRequest request = disk.submit(IoDirection::Write, count, vm_.now());
    std::vector<Carried> carried;
    for (std::uint32_t at = 0; at < count; ++at) {
        const SwapSlot slot = slots ? SwapSlot(slots->first.value + at) : SwapSlot();
        if (after != AfterTransfer::Stay) {
            vm_.make_busy(*cluster[at]);
        }
        if (request.result == IoResult::Ok) {
            write_page(*cluster[at], slot);
        } else if (slot.valid()) {
            vm_.swap().free(slot);
        }
        const bool other = cluster[at] != &page && after == AfterTransfer::Free;
        carried.push_back({cluster[at], other ? AfterTransfer::Standby : after});
    }
    const auto started = vm_.transfers().start(request, std::move(carried), mode);
    if (!started.result) {
        return Laundered::UnderWay;
    }
    return *started.result == IoResult::Ok ? Laundered::Done : Laundered::Failed;
}

/// The page and its neighbours on either side that are to be written too, in order, as many as the profile's cluster.
std::vector<Page*> VmObject::cluster_around(Page& page, AfterTransfer after) const {
    return with_neighbours(page, vm_.profile().cluster, [&](PageIndex index) {
        Page* neighbour = find_page(index);
        const bool fits = neighbour != nullptr && neighbour->dirty() && neighbour->transit() == Transit::None &&
                          (neighbour->state() == PageState::Modified) == (after != AfterTransfer::Stay);
        return fits ? neighbour : nullptr;
    });
}

/// To its slot, or to its file where there is none; it is clean then.
void VmObject::write_page(Page& page, SwapSlot slot) {
    if (!slot.valid()) {
        clear_behind_end(page);
    }
    const auto bytes = vm_.memory().frame(page.frame());
    page.mark_clean();
    if (!slot.valid()) {
        pager_->store(page.index(), bytes, bytes_);
        vm_.count([](VmCounters& c) { ++c.pages_written_back; });
        return;
    }
    vm_.swap().write(slot, bytes);
    slots_.exchange_swap_slot(page.index(), slot);
    vm_.count([](VmCounters& c) { ++c.pages_swapped_out; });
    vm_.emit(SwapOutEvent{.object = id_, .page = page.index().value, .frame = page.frame(), .slot = slot.value});
}

void VmObject::note_dirty() {
    if (kind_ == ObjectKind::File && !pager_->dirty_since) {
        pager_->dirty_since = vm_.now();
    }
}

bool VmObject::note_dirty_entries() {
    bool dirty = false;
    slots_.for_each([&](PageIndex, const Page* page, SwapSlot) {
        dirty = dirty || (page != nullptr && page->dirty());
        if (page != nullptr && !dirty) {
            for_each_entry(*page, [&dirty](Pmap&, VirtAddr, Pte pte) { dirty = dirty || pte.dirty(); });
        }
    });
    if (dirty) {
        note_dirty();
    } else {
        pager_->dirty_since.reset();
    }
    return dirty;
}

bool VmObject::write_back(PageIndex first, std::uint32_t pages, IoMode mode) {
    const std::uint64_t end = std::uint64_t{first.value} + pages;
    slots_.for_each(first, end, [&](PageIndex, Page* page, SwapSlot) {
        if (page != nullptr) {
            for_each_entry(*page, [page](Pmap& pmap, VirtAddr va, Pte pte) {
                if (pte.dirty()) {
                    page->mark_dirty();
                    pmap.clear(va, PteBits::DIRTY);
                }
            });
        }
    });
    bool all = true;
    slots_.for_each(first, end, [&](PageIndex index, Page* page, SwapSlot) {
        if (page != nullptr && page->transit() != Transit::None && mode == IoMode::Wait) {
            all = (vm_.transfers().wait_for(*page) == IoResult::Ok) && all;
            page = find_page(index);
        }
        if (page != nullptr && page->dirty() && page->transit() == Transit::None) {
            const bool used = page->state() != PageState::Modified;
            const AfterTransfer after = used ? AfterTransfer::Stay : AfterTransfer::Standby;
            all = launder(*page, after, mode) != Laundered::Failed && all;
        }
    });
    pager_->dirty_since.reset();
    return all;
}

}  // namespace vmlab
