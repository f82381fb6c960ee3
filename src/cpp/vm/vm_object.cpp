// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_object.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "vm/address_space.hpp"
#include "vm/mapping.hpp"

namespace vmlab {

VmObject::VmObject(VirtualMemory& vm, ObjectKind kind, std::uint64_t bytes, std::unique_ptr<Pager> pager)
    : id_(vm.take_object_id()), vm_(vm), bytes_(bytes), pager_(std::move(pager)), kind_(kind) {
    vm.objects().add(*this);
}

Ref<VmObject> VmObject::create_anonymous(VirtualMemory& vm, std::uint32_t pages) {
    return make_ref<VmObject>(vm, ObjectKind::Anonymous, std::uint64_t{pages} * PAGE_SIZE, nullptr);
}

Ref<VmObject> VmObject::create_file(VirtualMemory& vm, std::unique_ptr<Pager> pager, std::uint64_t bytes) {
    return make_ref<VmObject>(vm, ObjectKind::File, bytes, std::move(pager));
}

Ref<VmObject> VmObject::create_device(VirtualMemory& vm, std::unique_ptr<Pager> pager, std::uint32_t pages) {
    return make_ref<VmObject>(vm, ObjectKind::Device, std::uint64_t{pages} * PAGE_SIZE, std::move(pager));
}

void VmObject::charge_commit() {
    commitment_ = Commitment::Charged;
    vm_.commit().charge(size_pages());
}

VmObject::~VmObject() {
    if (commitment_ == Commitment::Charged) {
        vm_.commit().uncharge(size_pages());
    }
    slots_.for_each([this](PageIndex index, Page*, SwapSlot) { remove_page(index); });
    if (shadow_) {
        std::erase(shadow_->shadowed_by_, this);
        drop(std::exchange(shadow_, nullptr), shadow_offset_, size_pages());
    }
    vm_.objects().remove(*this);
}

void VmObject::resize(std::uint64_t bytes) {
    const std::uint32_t pages_before = size_pages();
    const std::uint64_t kept = std::min(bytes, bytes_);
    bytes_ = bytes;
    if (commitment_ == Commitment::Charged) {
        vm_.commit().uncharge(pages_before);
        vm_.commit().charge(size_pages());
    }
    if (pager_) {
        pager_->resize(bytes);
    }
    slots_.for_each(PageIndex(size_pages()), pages_before,
                    [this](PageIndex index, Page*, SwapSlot) { remove_page(index); });
    const auto kept_in_page = static_cast<std::uint32_t>(kept % PAGE_SIZE);
    Page* last = kept_in_page == 0 ? nullptr : find_page(PageIndex(static_cast<std::uint32_t>(kept >> PAGE_SHIFT)));
    if (last != nullptr) {
        const auto tail = vm_.memory().writable_frame(last->frame()).subspan(kept_in_page);
        std::memset(tail.data(), 0, tail.size());
    }
}

void VmObject::truncate(std::uint64_t bytes) {
    const std::uint32_t pages_before = size_pages();
    resize(bytes);
    if (size_pages() < pages_before) {
        cut_copies(PageIndex(size_pages()));
    }
}

/// What private mappings of a file have copied from there on goes with the file's own pages.
void VmObject::cut_copies(PageIndex first) {
    for (VmObject* const front : shadowed_by_) {
        const PageIndex start(first.value - std::min(first.value, front->shadow_offset_.value));
        front->slots_.for_each(start, front->size_pages(),
                               [front](PageIndex index, Page*, SwapSlot) { front->remove_page(index); });
        front->cut_copies(start);
    }
}

void VmObject::set_keeping(Keeping keeping) {
    keeping_ = keeping;
    if (keeping == Keeping::No) {
        discard_unseen(PageIndex(0), size_pages());
    }
}

Page& VmObject::insert_page(PageIndex index, FrameNumber frame, PageState state) {
    return slots_.insert(index, std::make_unique<Page>(*this, index, frame, state));
}

void VmObject::remove_page(PageIndex index) {
    if (const Page* page = find_page(index)) {
        Pmap::remove_all(PageReverseMap(*page), page->frame());
        slots_.take_page(index);
    }
    free_swap_slot(index);
}

void VmObject::evict_page(PageIndex index) {
    const Page* page = find_page(index);
    require(page != nullptr && !page->dirty(), "evict_page of a clean page in memory");
    Pmap::remove_all(PageReverseMap(*page), page->frame());
    slots_.take_page(index);
}

bool VmObject::clear_pages(PageIndex first, std::uint32_t pages) {
    const std::uint64_t end = std::min<std::uint64_t>(std::uint64_t{first.value} + pages, size_pages());
    if (!pager_) {
        slots_.for_each(first, end, [this](PageIndex index, Page*, SwapSlot) { remove_page(index); });
        return true;
    }
    for (std::uint64_t at = first.value; at < end; ++at) {
        const PageIndex index(static_cast<std::uint32_t>(at));
        if (!has_page(index)) {
            continue;
        }
        const Obtained obtained = obtain_page(index);
        if (obtained.page == nullptr) {
            return false;
        }
        const auto content = vm_.memory().writable_frame(obtained.page->frame());
        std::memset(content.data(), 0, content.size());
        obtained.page->mark_dirty();
    }
    return true;
}

void VmObject::free_swap_slot(PageIndex index) {
    const SwapSlot slot = slots_.exchange_swap_slot(index, SwapSlot());
    if (slot.valid()) {
        vm_.swap().free(slot);
    }
}

void VmObject::peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const {
    if (const Page* page = find_page(index)) {
        const auto bytes = vm_.memory().frame(page->frame());
        std::copy(bytes.begin(), bytes.end(), destination.begin());
    } else if (!has_page(index) && shadow_) {
        shadow_->peek(shadow_offset_ + index.value, destination);
    } else {
        peek_stored(index, destination);
    }
}

void VmObject::peek_stored(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const {
    if (const SwapSlot slot = swap_slot(index); slot.valid()) {
        vm_.swap().peek(slot, destination);
    } else if (pager_has(index)) {
        pager_->peek(index, destination);
    } else {
        std::fill(destination.begin(), destination.end(), std::byte{0});
    }
}

void VmObject::for_each_view(PageIndex index, const std::function<void(const MappingView&, VirtAddr)>& visit) const {
    views_.for_each([&](const MappingView& view) {
        const Mapping& mapping = *view.mapping;
        if (mapping.shows(index)) {
            visit(view, mapping.range.start + ((index.value - mapping.offset.value) << PAGE_SHIFT));
        }
    });
    for (const VmObject* front : shadowed_by_) {
        if (index >= front->shadow_offset_ && index.value - front->shadow_offset_.value < front->size_pages()) {
            front->for_each_view(PageIndex(index.value - front->shadow_offset_.value), visit);
        }
    }
}

void VmObject::for_each_place(PageIndex index, const ReverseMap::Visitor& visit) const {
    for_each_view(index, [&visit](const MappingView& view, VirtAddr va) { visit(view.space->pmap(), va); });
}

void PageReverseMap::for_each_candidate(FrameNumber frame, const Visitor& visit) const {
    require(frame == page_.frame(), "a page's reverse map is asked about its own frame");
    page_.object().for_each_place(page_.index(), visit);
}

}  // namespace vmlab
