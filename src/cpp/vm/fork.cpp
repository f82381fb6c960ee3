// SPDX-License-Identifier: GPL-2.0-only
// fork: a second address space that reads what the first one has, page by page, until either writes.
//
//   shared memory             both show the same object
//   private, copy-on-write    both show the same object and lose W; each needs_copy: the first to write gets a shadow in
//                             front (or both get one at once: ShadowsAt::Fork)
//   private, eager            the child gets an object of its own with a copy of each page; of a file's as far as it may be
//                             written, and the file stays behind it, so that both end where the file ends
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
        give_object_for_copies(copy);
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
        return copy_pages(mapping, childs);
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

/// An empty object for the copies of what the mapping shows: in front of the file, if there is one at its chain's end.
void AddressSpace::give_object_for_copies(Mapping& mapping) {
    VmObject* last = mapping.object.get();
    PageIndex first = mapping.offset;
    while (last->shadow()) {
        first = last->shadow_offset() + first.value;
        last = last->shadow().get();
    }
    if (last->kind() == ObjectKind::File) {
        mapping.object = VmObject::create_shadow(Ref<VmObject>(last), first, mapping.range.pages());
        mapping.offset = PageIndex(0);
    } else {
        mapping.object = VmObject::create_anonymous(vm_, mapping.object->size_pages());
    }
    mapping.needs_copy = NeedsCopy::No;
}

/// Requires: `to` is in its address space, so that what was copied is seen while frames are made free for the rest.
bool AddressSpace::copy_pages(const Mapping& from, const Mapping& to) {
    for (std::uint32_t number = 0; number < from.range.pages(); ++number) {
        const auto [object, index] = find_holder(from, from.range.start + (number << PAGE_SHIFT));
        const bool of_file = object->kind() == ObjectKind::File;
        if (of_file ? index.value >= object->size_pages() || !from.protection.writable() : !object->has_page(index)) {
            continue;
        }
        const auto obtained = object->obtain_page(index);
        if (obtained.page == nullptr) {
            return false;
        }
        const PinnedPage source(*obtained.page);
        const auto frame = vm_.allocate_frame();
        if (!frame) {
            return false;
        }
        std::memcpy(vm_.memory().writable_frame(*frame).data(), vm_.memory().frame(source->frame()).data(), PAGE_SIZE);
        to.object->insert_page(to.offset + number, *frame).mark_dirty();
        vm_.count([](VmCounters& c) { ++c.pages_copied; });
    }
    return true;
}

}  // namespace vmlab
