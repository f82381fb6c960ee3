// SPDX-License-Identifier: GPL-2.0-only
// remap: a mapping that changes its length or its place and keeps its pages (mremap).
#include <algorithm>

#include "vm/address_space.hpp"

namespace vmlab {

namespace {

/// Lets every anonymous object down the chain reach so far, so that the reverse map finds what is seen through it.
void reach(VmObject* object, PageIndex index, std::uint32_t pages) {
    for (; object != nullptr && object->kind() == ObjectKind::Anonymous && object->keeping() == VmObject::Keeping::No;
         object = object->shadow().get()) {
        const std::uint64_t end = std::uint64_t{index.value} + pages;
        if (end > object->size_pages()) {
            object->resize(end * PAGE_SIZE);
        }
        index = object->shadow_offset() + index.value;
    }
}

}  // namespace

Result<VirtAddr, VmError> AddressSpace::remap(const RemapRequest& request) {
    if (request.old_length == 0) {
        return duplicate(request);
    }
    const VirtRange old{request.old_address, request.old_address.value + page_round_up(request.old_length)};
    const std::uint64_t length = page_round_up(request.new_length);
    const bool fixed = request.placement == Placement::Fixed;
    const bool moves = fixed || request.left_behind == LeftBehind::Untouched;
    if (!old.start.is_aligned() || length == 0 || !is_user_range(old)) {
        return Failure(VmError::Invalid);
    }
    const VirtRange kept{old.start, std::min<std::uint64_t>(old.end, old.start.value + length)};
    const bool stays = !moves && length <= old.size();
    if (stays ? find_mapping(old.start) == nullptr : !is_one_area(kept)) {
        return Failure(VmError::NotMapped);
    }
    if (fixed) {
        const VirtRange target{request.new_address, request.new_address.value + length};
        if (!request.new_address.is_aligned() || !is_user_range(target) || target.overlaps(old)) {
            return Failure(VmError::Invalid);
        }
        if (const auto cleared = unmap(target); !cleared) {
            return Failure(cleared.error());
        }
    }
    if (length < old.size()) {
        const VirtRange rest{old.start + static_cast<std::uint32_t>(length), old.end};
        if (const auto cut = unmap(rest); !cut) {
            return Failure(cut.error());
        }
    }
    return stays ? Result<VirtAddr, VmError>(old.start) : grow_or_move(kept, length, request);
}

Result<VirtAddr, VmError> AddressSpace::duplicate(const RemapRequest& request) {
    const Mapping* const twin = find_mapping(request.old_address);
    if (twin == nullptr) {
        return Failure(VmError::NotMapped);
    }
    if (!request.old_address.is_aligned() || twin->sharing == Sharing::Private) {
        return Failure(VmError::Invalid);
    }
    if (request.placement == Placement::Hint) {
        return Failure(VmError::NoMemory);  // it may not move
    }
    return map({.address = request.new_address,
                .length = request.new_length,
                .placement = request.placement,
                .protection = twin->protection,
                .max_protection = twin->max_protection,
                .sharing = twin->sharing,
                .kind = twin->kind,
                .reserve = twin->commitment == Commitment::NotReserved ? Reserve::No : Reserve::Yes,
                .wiring = twin->wiring,
                .object = twin->object,
                .offset = twin->index_of(request.old_address),
                .name = twin->name});
}

/// Whether neighbouring mappings that differ only in what they show, one area to the program, are mapped there throughout.
bool AddressSpace::is_one_area(const VirtRange& range) const {
    const Mapping* first = find_mapping(range.start);
    const Mapping* last = first;
    while (last != nullptr && last->range.end < range.end) {
        const Mapping* next = find_mapping(VirtAddr(static_cast<std::uint32_t>(last->range.end)));
        last = next != nullptr && are_alike(*first, *next) ? next : nullptr;
    }
    return last != nullptr;
}

Result<VirtAddr, VmError> AddressSpace::grow_or_move(const VirtRange& kept, std::uint64_t length,
                                                     const RemapRequest& request) {
    const VirtAddr last_page = VirtAddr(static_cast<std::uint32_t>(kept.end - PAGE_SIZE));
    const VirtRange added{VirtAddr(static_cast<std::uint32_t>(kept.end)), kept.start.value + length};
    const Mapping& last = *find_mapping_mutable(last_page);
    const bool leaves = request.left_behind == LeftBehind::Untouched;
    const bool charged = last.commitment == Commitment::Charged || last.object->commitment() == Commitment::Charged;
    const std::uint64_t more = leaves ? kept.pages() : added.end > added.start.value ? added.pages() : 0;
    const std::uint64_t promised = leaves ? committed_pages(kept) : charged ? more : 0;
    if (!may_expand(more, use_of(last.protection, last)) || !vm_.commit().allows(promised)) {
        return Failure(VmError::NoMemory);
    }
    const bool fixed = request.placement == Placement::Fixed;
    if (!fixed && !leaves && is_user_range(added) && is_free(added)) {
        lengthen(*find_mapping_mutable(last_page), added);
        return kept.start;
    }
    if (request.placement == Placement::Hint) {
        return Failure(VmError::NoMemory);  // it may not move
    }
    const auto place = fixed ? std::optional(request.new_address)
                             : find_room(length, MapRequest{.address = request.new_address,
                                                            .placement = leaves && request.new_address.value != 0
                                                                             ? Placement::Hint
                                                                             : Placement::Anywhere});
    if (!place) {
        return Failure(VmError::NoMemory);
    }
    std::vector<Mapping> left = leaves ? untouched_copies(kept) : std::vector<Mapping>();
    move_mappings(kept, *place);
    for (Mapping& mapping : left) {
        vm_.commit().charge(mapping.commitment == Commitment::Charged ? mapping.range.pages() : 0);
        insert(std::move(mapping));
    }
    const auto size = static_cast<std::uint32_t>(kept.size());
    if (length > size) {
        lengthen(*find_mapping_mutable(*place + (size - PAGE_SIZE)), {*place + size, place->value + length});
    }
    return *place;
}

/// The mappings of a range as they are when nothing has been written there; locks do not stay.
std::vector<Mapping> AddressSpace::untouched_copies(const VirtRange& range) {
    split_at(range.start.value);
    split_at(range.end);
    std::vector<Mapping> copies;
    for (auto at = mappings_.lower_bound(range.start); at != mappings_.end() && at->first.value < range.end; ++at) {
        Mapping copy = at->second;
        copy.wiring = Wiring::Pageable;
        if (copy.sharing == Sharing::Private) {
            Source source = source_of(at->second, at->second.range);
            copy.object = std::move(source.object);
            copy.offset = source.offset;
            copy.needs_copy = source.needs_copy;
        }
        copies.push_back(std::move(copy));
    }
    return copies;
}

/// In place where nobody else's pages can lie behind the window; otherwise a mapping of its own, of what was there first.
void AddressSpace::lengthen(Mapping& mapping, const VirtRange& added) {
    const Wiring wiring = mapping.wiring;
    add_behind(mapping, added);
    if (wiring == Wiring::Wired) {
        static_cast<void>(populate(added));  // what cannot be had now comes at the touch
    }
}

void AddressSpace::add_behind(Mapping& mapping, const VirtRange& added) {
    if (mapping.commitment == Commitment::Charged) {
        vm_.commit().charge(added.pages());
    }
    if (mapping.object->kind() != ObjectKind::Anonymous || mapping.object->keeping() == VmObject::Keeping::Yes ||
        mapping.object->is_fresh(mapping.index_of(added.start), added.pages())) {
        mapping.range.end = added.end;
        reach(mapping.object.get(), mapping.offset, mapping.range.pages());
        return;
    }
    Mapping more = mapping;
    Source source = source_of(mapping, added);
    more.range = added;
    more.object = std::move(source.object);
    more.offset = source.offset;
    more.needs_copy = source.needs_copy;
    if (mapping.object->commitment() == Commitment::Charged) {
        more.object->charge_commit();
    }
    insert(std::move(more));
}

void AddressSpace::move_mappings(const VirtRange& from, VirtAddr to) {
    split_at(from.start.value);
    split_at(from.end);
    for (auto at = mappings_.lower_bound(from.start); at != mappings_.end() && at->first.value < from.end;) {
        remove_entries(at->second.range, at->second.wiring);
        auto node = mappings_.extract(at++);
        Mapping& mapping = node.mapped();
        const VirtAddr start = to + (mapping.range.start - from.start);
        mapping.range = {start, start.value + mapping.range.size()};
        node.key() = start;
        mappings_.insert(std::move(node));
    }
    vm_.emit(
        MappingMovedEvent{.from = from.start, .start = to, .end = static_cast<std::uint32_t>(to.value + from.size())});
}

}  // namespace vmlab
