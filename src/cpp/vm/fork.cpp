// SPDX-License-Identifier: GPL-2.0-only
// fork: a second address space that reads what the first one has, page by page, until either writes.
//
//   shared memory             both show the same object
//   private, copy-on-write    both show the same object and lose W; each needs_copy: the first to write gets a shadow in
//                             front (or both get one at once: ShadowsAt::Fork)
//   private, eager            the child gets an object of its own with a copy of each page
//
// Fork is symmetric: parent and child are told apart by nothing but the pages they write afterwards.
#include <cstring>

#include "vm/address_space.hpp"

namespace vmlab {

Ref<AddressSpace> AddressSpace::fork() {
    Ref<AddressSpace> child = create(vm_, layout_);
    if (!child) {
        return nullptr;
    }
    for (auto& [start, mapping] : mappings_) {
        if (!fork_mapping(mapping, *child)) {
            return nullptr;
        }
    }
    child->heap_start_ = heap_start_;
    child->break_ = break_;
    child->stack_top_ = stack_top_;
    return child;
}

bool AddressSpace::fork_mapping(Mapping& mapping, AddressSpace& child) {
    const MemoryProfile& profile = vm_.profile();
    const bool is_private = mapping.sharing == Sharing::Private;
    Mapping copy = mapping;
    copy.wiring = Wiring::Pageable;  // locks are not inherited
    const bool eager = is_private && profile.fork == ForkMode::Eager && mapping.max_protection.writable() &&
                       (mapping.object->kind() == ObjectKind::Anonymous || mapping.protection.writable());
    if (eager) {
        copy.object = copy_object(mapping);
        if (!copy.object) {
            return false;
        }
        copy.needs_copy = NeedsCopy::No;
    } else if (is_private) {
        mapping.object->collapse();
        mapping.needs_copy = NeedsCopy::Yes;
        copy.needs_copy = NeedsCopy::Yes;
        copy.object = mapping.object;
        copy.offset = mapping.offset;
    }
    const auto [place, inserted] = child.mappings_.emplace(copy.range.start, std::move(copy));
    require(inserted, "a new address space is empty");
    Mapping& childs = place->second;
    childs.object->add_mapping(child, childs);
    if (eager) {
        return true;
    }
    if (is_private && profile.shadows == ShadowsAt::Fork && mapping.max_protection.writable() &&
        mapping.object->kind() == ObjectKind::Anonymous) {
        put_shadow_in_front(mapping);
        child.put_shadow_in_front(childs);
    }
    const CopyRights rights = is_private ? CopyRights::ReadOnly : CopyRights::Same;
    if (profile.fork_entries == ForkEntries::Empty) {
        if (is_private) {
            pmap_.protect(mapping.range, PageRights::ReadOnly);
        }
        return true;
    }
    while (pmap_.share_range(child.pmap_, mapping.range, rights) == EnterResult::OutOfFrames) {
        if (!vm_.daemon().free_one()) {
            if (is_private) {
                pmap_.protect(mapping.range, PageRights::ReadOnly);  // it needs_copy by now
            }
            return false;
        }
    }
    return true;
}

/// An object of its own with what the mapping shows. Nothing when frames ran out.
Ref<VmObject> AddressSpace::copy_object(const Mapping& mapping) {
    const std::uint32_t end = mapping.offset.value + mapping.range.pages();
    Ref<VmObject> copy = VmObject::create_anonymous(vm_, std::max(end, mapping.object->size_pages()));
    for (std::uint32_t number = mapping.offset.value; number < end; ++number) {
        const VirtAddr va = mapping.range.start + ((number - mapping.offset.value) << PAGE_SHIFT);
        const auto [object, index] = find_holder(mapping, va);
        if (!object->has_page(index)) {
            continue;  // zero in the copy as well
        }
        const auto obtained = object->obtain_page(index);
        if (obtained.page == nullptr) {
            return nullptr;
        }
        const PinnedPage source(*obtained.page);
        const auto frame = vm_.allocate_frame();
        if (!frame) {
            return nullptr;
        }
        std::memcpy(vm_.memory().writable_frame(*frame).data(), vm_.memory().frame(source->frame()).data(), PAGE_SIZE);
        copy->insert_page(PageIndex(number), *frame).mark_dirty();
        vm_.count([](VmCounters& c) { ++c.pages_copied; });
    }
    return copy;
}

}  // namespace vmlab
