// SPDX-License-Identifier: GPL-2.0-only
// Chains of shadow objects: who sees a page, and how a chain gets shorter again.
//
// After fork both processes see object O through a shadow of their own:
//
//     parent's mapping -> P \            P has the pages that the parent wrote since, C those that the child wrote;
//                            O           all others are O's, seen by both.
//     child's mapping  -> C /
//
//     move_up     P writes page 3; C covers it already, so nobody else sees O's page 3: it moves to P, no copy.
//     merge       the child exits, so P alone refers to O: what P does not cover moves to P, and O goes.
//     bypass      P covers all that O has: P stands in front of O's shadow instead, and O has one fewer in front.
#include <algorithm>
#include <utility>

#include "vm/mapping.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

Ref<VmObject> VmObject::create_shadow(Ref<VmObject> behind, PageIndex offset, std::uint32_t pages) {
    Ref<VmObject> shadow = create_anonymous(behind->vm_, pages);
    shadow->set_shadow(std::move(behind), offset);
    return shadow;
}

void VmObject::set_shadow(Ref<VmObject> behind, PageIndex offset) {
    if (behind) {
        behind->shadowed_by_.push_back(this);
    }
    shadow_ = std::move(behind);
    shadow_offset_ = offset;
}

std::uint32_t VmObject::chain_length() const {
    std::uint32_t length = 0;
    for (const VmObject* object = this; object != nullptr; object = object->shadow_.get()) {
        ++length;
    }
    return length;
}

bool VmObject::is_fresh(PageIndex first, std::uint32_t pages) const {
    bool fresh = true;
    for (const VmObject* object = this; object != nullptr && object->kind_ == ObjectKind::Anonymous;
         object = object->shadow_.get()) {
        const std::uint64_t end = std::uint64_t{first.value} + pages;
        object->slots_.for_each(first, end, [&fresh](PageIndex, const Page*, SwapSlot) { fresh = false; });
        fresh = fresh && !object->views_.any_of([first, end](const MappingView& view) {
            const Mapping& mapping = *view.mapping;
            return mapping.needs_copy == NeedsCopy::No && mapping.offset.value < end &&
                   first.value < std::uint64_t{mapping.offset.value} + mapping.range.pages();
        });
        first = object->shadow_offset_ + first.value;
    }
    return fresh;
}

bool VmObject::is_seen(PageIndex index, const VmObject* except) const {
    if (kind_ != ObjectKind::Anonymous || keeping_ == Keeping::Yes) {
        return true;
    }
    if (views_.any_of([index](const MappingView& view) { return view.mapping->shows(index); })) {
        return true;
    }
    return std::any_of(shadowed_by_.begin(), shadowed_by_.end(), [&](const VmObject* front) {
        if (front == except || index < front->shadow_offset_) {
            return false;
        }
        const PageIndex in_front(index.value - front->shadow_offset_.value);
        return in_front.value < front->size_pages() && !front->slots_.has(in_front) && front->is_seen(in_front);
    });
}

/// Moves a slot as it is; PTEs that map its page stay right, because who saw it before sees it still.
void VmObject::take_slot(VmObject& from, PageIndex from_index, PageIndex to_index) {
    const SwapSlot slot = from.slots_.exchange_swap_slot(from_index, SwapSlot());
    if (slot.valid()) {
        slots_.exchange_swap_slot(to_index, slot);
    }
    if (auto page = from.slots_.take_page(from_index)) {
        page->object_ = this;
        page->index_ = to_index;
        slots_.insert(to_index, std::move(page));
    }
}

void VmObject::move_up(VmObject& from, PageIndex from_index, PageIndex to_index) {
    require(!slots_.has(to_index) && from.slots_.has(from_index), "move_up into an empty slot from a filled one");
    take_slot(from, from_index, to_index);
}

void VmObject::collapse() {
    while (shadow_ && shadow_->kind_ == ObjectKind::Anonymous) {
        if (shadow_->ref_count() == 1) {
            merge_shadow();
        } else if (covers_shadow()) {
            Ref<VmObject> passed = std::exchange(shadow_, nullptr);
            std::erase(passed->shadowed_by_, this);
            set_shadow(passed->shadow_, PageIndex(passed->shadow_offset_.value + shadow_offset_.value));
            drop(std::move(passed), PageIndex(0), 0);  // this object saw nothing that is its own
        } else {
            return;
        }
    }
}

/// Requires: nobody but this object refers to its shadow.
void VmObject::merge_shadow() {
    const Ref<VmObject> behind = std::exchange(shadow_, nullptr);
    behind->slots_.for_each(shadow_offset_, std::uint64_t{shadow_offset_.value} + size_pages(),
                            [&](PageIndex index, Page*, SwapSlot) {
                                const PageIndex own(index.value - shadow_offset_.value);
                                if (!slots_.has(own)) {
                                    take_slot(*behind, index, own);
                                }
                            });
    std::erase(behind->shadowed_by_, this);
    const Ref<VmObject> further = std::exchange(behind->shadow_, nullptr);
    const PageIndex offset(behind->shadow_offset_.value + shadow_offset_.value);
    if (further) {
        std::erase(further->shadowed_by_, behind.get());
    }
    set_shadow(further, offset);
}

/// Whether each page that the shadow has, as far as this object reaches, is hidden by one of this object's.
bool VmObject::covers_shadow() const {
    bool covers = true;
    shadow_->slots_.for_each(shadow_offset_, std::uint64_t{shadow_offset_.value} + size_pages(),
                             [&](PageIndex index, Page*, SwapSlot) {
                                 covers = covers && slots_.has(PageIndex(index.value - shadow_offset_.value));
                             });
    return covers;
}

void VmObject::drop(Ref<VmObject> object, PageIndex first, std::uint32_t pages) {
    VmObject* const survivor = object->ref_count() > 1 ? object.get() : nullptr;
    object = nullptr;
    if (survivor == nullptr || survivor->kind_ != ObjectKind::Anonymous) {
        return;
    }
    survivor->discard_unseen(first, pages);
    if (survivor->ref_count() == 1 && !survivor->shadowed_by_.empty()) {
        survivor->shadowed_by_.front()->collapse();
    }
}

void VmObject::discard_unseen(PageIndex first, std::uint32_t pages) {
    std::uint64_t start = first.value;
    for (VmObject* object = this; object != nullptr && object->kind_ == ObjectKind::Anonymous;
         object = object->shadow_.get()) {
        object->slots_.for_each(PageIndex(static_cast<std::uint32_t>(start)), start + pages,
                                [object](PageIndex index, Page*, SwapSlot) {
                                    if (!object->is_seen(index)) {
                                        object->remove_page(index);
                                    }
                                });
        start += object->shadow_offset_.value;
    }
}

}  // namespace vmlab
