// SPDX-License-Identifier: GPL-2.0-only
// fork: a second address space that reads what the first one has, page by page, until either writes.
//
//   shared memory             both show the same object
//   private, copy-on-write    both show the same object and lose W; each needs_copy: the first to write gets a shadow in
//                             front (or both get one at once: ShadowsAt::Fork)
//   private, eager            the child gets an object of its own with a copy of each page; of a file's as far as it may be
//                             written, and the file stays behind it, so that both end where the file ends
//
// What lecture 004 tries first for private mappings of files is here to be looked at; each is wrong by design:
//
//   memcpy                    copy-on-write, but the entries are copied with the W that they have: both go on writing one page
//   from_file                 the child maps the file afresh, and what the parent has written is not there
//   cow_in_entries            copy-on-write, but who copies a page gives W back to those who still map it: see
//                             give_write_back
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
        if (mapping.on_fork != OnFork::Leave && !fork_mapping(mapping, *child)) {
            return nullptr;
        }
    }
    child->heap_start_ = heap_start_;
    child->break_ = break_;
    return child;
}

/// The profile's, as far as it applies to a private mapping; copy-on-write otherwise.
ForkMode AddressSpace::fork_mode(const Mapping& mapping) const {
    const ForkMode mode = vm_.profile().fork;
    if (mode == ForkMode::Eager) {
        const bool copied = mapping.max_protection.writable() &&
                            (mapping.object->kind() == ObjectKind::Anonymous || mapping.protection.writable());
        return copied ? mode : ForkMode::CopyOnWrite;
    }
    const bool of_file = find_origin(mapping, mapping.range.start).first->kind() == ObjectKind::File;
    return of_file ? mode : ForkMode::CopyOnWrite;
}

bool AddressSpace::fork_mapping(Mapping& mapping, AddressSpace& child) {
    if (mapping.commitment == Commitment::Charged) {
        if (!vm_.commit().allows(mapping.range.pages())) {
            return false;
        }
        vm_.commit().charge(mapping.range.pages());
    }
    const MemoryProfile& profile = vm_.profile();
    const bool is_private = mapping.sharing == Sharing::Private;
    const ForkMode mode = is_private ? fork_mode(mapping) : ForkMode::CopyOnWrite;
    Mapping copy = mapping;
    copy.wiring = Wiring::Pageable;  // locks are not inherited
    if (mapping.on_fork == OnFork::Wipe) {
        copy.object = VmObject::create_anonymous(vm_, mapping.range.pages());
        copy.offset = PageIndex(0);
        copy.needs_copy = NeedsCopy::No;
    } else if (mode == ForkMode::Eager) {
        give_object_for_copies(copy);
    } else if (mode == ForkMode::FromFile) {
        const auto [file, first] = find_origin(mapping, mapping.range.start);
        copy.object = Ref<VmObject>(file);
        copy.offset = first;
        copy.needs_copy = NeedsCopy::Yes;
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
    if (mapping.on_fork == OnFork::Wipe) {
        return true;
    }
    if (mode == ForkMode::Eager) {
        return copy_pages(mapping, child, childs);
    }
    if (mode == ForkMode::FromFile) {
        return true;
    }
    if (is_private && profile.shadows == ShadowsAt::Fork && mapping.max_protection.writable() &&
        mapping.object->kind() == ObjectKind::Anonymous) {
        put_shadow_in_front(mapping);
        child.put_shadow_in_front(childs);
    }
    return fork_entries(mapping, child, mode);
}

/// The child's page-table entries, and what becomes of the parent's.
bool AddressSpace::fork_entries(const Mapping& mapping, AddressSpace& child, ForkMode mode) {
    const bool is_private = mapping.sharing == Sharing::Private;
    const bool keeps_rights = !is_private || mode == ForkMode::Memcpy;
    if (vm_.profile().fork_entries == ForkEntries::Empty && mode != ForkMode::Memcpy) {
        if (is_private) {
            pmap_.protect(mapping.range, PageRights::ReadOnly);
        }
        return true;
    }
    const CopyRights rights = keeps_rights ? CopyRights::Same : CopyRights::ReadOnly;
    while (pmap_.share_range(child.pmap_, mapping.range, rights) == EnterResult::OutOfFrames) {
        child.remove_entries(mapping.range, Wiring::Pageable);  // it begins anew
        if (!vm_.reserve_frames(1)) {
            if (is_private) {
                pmap_.protect(mapping.range, PageRights::ReadOnly);  // it needs_copy by now
            }
            return false;
        }
    }
    return true;
}

/// One of those who share a page has copied it. As if an entry without W could mean but one thing, shared by two, all others
/// that map the page get W back. After one fork that is one, alone indeed. After two it may be two, and each reads from
/// then on what the other writes: how many share a page is not in the entries.
void AddressSpace::give_write_back(const Page& copied, const AddressSpace& copier) {
    if (copied.object().kind() == ObjectKind::File) {
        return;  // the file's own page: no private mapping may write it, however few there are
    }
    std::vector<std::pair<MappingView, VirtAddr>> others;
    copied.object().for_each_view(copied.index(), [&](const MappingView& view, VirtAddr va) {
        const Pte pte = view.space->pmap_.lookup(va);
        if (view.space != &copier && pte.present() && pte.frame() == copied.frame() &&
            view.mapping->protection.writable() && find_origin(*view.mapping, va).first->kind() == ObjectKind::File) {
            others.emplace_back(view, va);
        }
    });
    for (const auto& [view, va] : others) {
        if (others.size() == 1) {
            const PageFault write{.address = va, .error = PageFaultError::PROTECTION, .access = Access::Write};
            (void)view.space->bring_in(write, AfterEnter::NoRetry);
        } else {
            view.space->pmap_.protect({va, std::uint64_t{va.value} + PAGE_SIZE}, PageRights::ReadWrite);
        }
    }
}

/// An empty object for the copies of what the mapping shows: in front of the file, if there is one at its chain's end.
void AddressSpace::give_object_for_copies(Mapping& mapping) {
    const auto [last, first] = find_origin(mapping, mapping.range.start);
    if (last->kind() != ObjectKind::Anonymous) {
        mapping.object = VmObject::create_shadow(Ref<VmObject>(last), first, mapping.range.pages());
        mapping.offset = PageIndex(0);
    } else {
        mapping.object = VmObject::create_anonymous(vm_, mapping.object->size_pages());
    }
    mapping.needs_copy = NeedsCopy::No;
}

/// Requires: `to` is in its address space, so that what was copied is seen while frames are made free for the rest.
bool AddressSpace::copy_pages(const Mapping& from, AddressSpace& child, const Mapping& to) {
    for (std::uint32_t number = 0; number < from.range.pages(); ++number) {
        const VirtAddr va = from.range.start + (number << PAGE_SHIFT);
        const auto [object, index] = find_holder(from, va);
        const bool of_pager = object->kind() != ObjectKind::Anonymous;
        if (of_pager ? index.value >= object->size_pages() || !from.protection.writable() : !object->has_page(index)) {
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
        Page& copy = to.object->insert_page(to.offset + number, *frame);
        copy.mark_dirty();
        vm_.count([](VmCounters& c) { ++c.pages_copied; });
        const bool wanted = vm_.profile().fork_entries == ForkEntries::Copied && pmap_.lookup(va).present();
        if (wanted && !child.enter_copy(to, va, copy)) {
            return false;
        }
    }
    return true;
}

/// Maps a page of the mapping's own. False when there is no frame for the page table.
bool AddressSpace::enter_copy(const Mapping& mapping, VirtAddr va, Page& page) {
    const PinnedPage pinned(page);
    const PageRights rights = rights_in(mapping, WriteRight::Given);
    while (pmap_.enter(va, page.frame(), rights, AfterEnter::NoRetry, mapping.software) == EnterResult::OutOfFrames) {
        if (!vm_.reserve_frames(1)) {
            return false;
        }
    }
    return true;
}

}  // namespace vmlab
