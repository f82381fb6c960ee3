// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_object.hpp"

#include <algorithm>
#include <cstring>

#include "vm/address_space.hpp"
#include "vm/mapping.hpp"

namespace vmlab {

VmObject::VmObject(VirtualMemory& vm, ObjectKind kind, std::uint64_t bytes, std::unique_ptr<Pager> pager)
    : vm_(vm), kind_(kind), id_(vm.take_object_id()), bytes_(bytes), pager_(std::move(pager)) {}

Ref<VmObject> VmObject::create_anonymous(VirtualMemory& vm, std::uint32_t pages) {
    return make_ref<VmObject>(vm, ObjectKind::Anonymous, std::uint64_t{pages} * PAGE_SIZE, nullptr);
}

Ref<VmObject> VmObject::create_file(VirtualMemory& vm, std::unique_ptr<Pager> pager, std::uint64_t bytes) {
    return make_ref<VmObject>(vm, ObjectKind::File, bytes, std::move(pager));
}

Ref<VmObject> VmObject::create_shadow(Ref<VmObject> behind, PageIndex offset, std::uint32_t pages) {
    Ref<VmObject> shadow = create_anonymous(behind->vm_, pages);
    behind->shadowed_by_.push_back(shadow.get());
    shadow->shadow_ = std::move(behind);
    shadow->shadow_offset_ = offset;
    return shadow;
}

VmObject::~VmObject() {
    if (shadow_) {
        std::erase(shadow_->shadowed_by_, this);
    }
}

void VmObject::resize(std::uint64_t bytes) {
    const std::uint32_t pages_before = size_pages();
    bytes_ = bytes;
    if (pager_) {
        pager_->resize(bytes);
    }
    for (std::uint32_t index = size_pages(); index < pages_before; ++index) {
        remove_page(PageIndex(index));
    }
    const auto in_last_page = static_cast<std::uint32_t>(bytes % PAGE_SIZE);
    Page* last = in_last_page == 0 ? nullptr : find_page(PageIndex(size_pages() - 1));
    if (last != nullptr) {
        const auto tail = vm_.memory().writable_frame(last->frame()).subspan(in_last_page);
        std::memset(tail.data(), 0, tail.size());
    }
}

Page* VmObject::find_page(PageIndex index) const { return slots_.find(index); }

Page& VmObject::insert_page(PageIndex index, FrameNumber frame) {
    return slots_.insert(index, std::make_unique<Page>(vm_, frame, *this, index));
}

void VmObject::remove_page(PageIndex index) {
    if (const Page* page = find_page(index)) {
        Pmap::remove_all(PageReverseMap(*page), page->frame());
        slots_.take(index);
    }
}

std::optional<VmObject::Obtained> VmObject::obtain_page(PageIndex index) {
    require(index.value < size_pages(), "obtain_page inside the object");
    if (Page* page = find_page(index)) {
        return Obtained{page, FaultResult::Resident};
    }
    const auto frame = vm_.allocate_frame();
    if (!frame) {
        return std::nullopt;
    }
    if (pager_has(index)) {
        pager_->page_in(index, vm_.memory().writable_frame(*frame));
        vm_.count([](VmCounters& c) { ++c.pages_read; });
        return Obtained{&insert_page(index, *frame), FaultResult::PageIn};
    }
    vm_.memory().zero_frame(*frame);
    vm_.count([](VmCounters& c) { ++c.pages_zeroed; });
    return Obtained{&insert_page(index, *frame), FaultResult::ZeroFill};
}

void VmObject::peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const {
    if (const Page* page = find_page(index)) {
        const auto bytes = vm_.memory().frame(page->frame());
        std::copy(bytes.begin(), bytes.end(), destination.begin());
    } else if (pager_has(index)) {
        pager_->page_in(index, destination);
    } else if (shadow_) {
        shadow_->peek(shadow_offset_ + index.value, destination);
    } else {
        std::fill(destination.begin(), destination.end(), std::byte{0});
    }
}

void VmObject::discard_unseen(PageIndex first, std::uint32_t pages) {
    if (kind_ != ObjectKind::Anonymous || !shadowed_by_.empty()) {
        return;
    }
    for (std::uint32_t index = first.value; index < first.value + pages; ++index) {
        const bool seen = std::any_of(views_.begin(), views_.end(), [index](const View& view) {
            const std::uint32_t start = view.mapping->offset.value;
            return index >= start && index - start < view.mapping->range.pages();
        });
        if (!seen) {
            remove_page(PageIndex(index));
        }
    }
}

void VmObject::remove_mapping(const Mapping& mapping) {
    const auto at =
        std::find_if(views_.begin(), views_.end(), [&mapping](const View& view) { return view.mapping == &mapping; });
    require(at != views_.end(), "an object knows the mappings that show it");
    views_.erase(at);
}

void VmObject::for_each_place(PageIndex index, const ReverseMap::Visitor& visit) const {
    for (const View& view : views_) {
        const Mapping& mapping = *view.mapping;
        if (index >= mapping.offset && index.value - mapping.offset.value < mapping.range.pages()) {
            visit(view.space->pmap(), mapping.range.start + ((index.value - mapping.offset.value) << PAGE_SHIFT));
        }
    }
    for (const VmObject* front : shadowed_by_) {
        if (index >= front->shadow_offset_ && index.value - front->shadow_offset_.value < front->size_pages()) {
            front->for_each_place(PageIndex(index.value - front->shadow_offset_.value), visit);
        }
    }
}

void PageReverseMap::for_each_candidate(FrameNumber frame, const Visitor& visit) const {
    require(frame == page_.frame(), "a page's reverse map is asked about its own frame");
    page_.object().for_each_place(page_.index(), visit);
}

}  // namespace vmlab
