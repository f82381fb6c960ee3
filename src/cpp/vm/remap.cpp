// SPDX-License-Identifier: GPL-2.0-only
// remap: a mapping that changes its length or its place and keeps its pages (mremap).
#include <algorithm>

#include "vm/address_space.hpp"

namespace vmlab {

namespace {

/// Lets every anonymous object down the chain reach so far, so that the reverse map finds what is seen through it.
void reach(VmObject* object, PageIndex index, std::uint32_t pages) {
    for (; object != nullptr && object->kind() == ObjectKind::Anonymous; object = object->shadow().get()) {
        const std::uint64_t end = std::uint64_t{index.value} + pages;
        if (end > object->size_pages()) {
            object->resize(end * PAGE_SIZE);
        }
        index = object->shadow_offset() + index.value;
    }
}

}  // namespace

Result<VirtAddr, VmError> AddressSpace::remap(const RemapRequest& request) {
    const VirtRange old{request.old_address, request.old_address.value + page_round_up(request.old_length)};
    const std::uint64_t length = page_round_up(request.new_length);
    const bool fixed = request.placement == Placement::Fixed;
    if (!old.start.is_aligned() || length == 0 || old.size() == 0 || !is_user_range(old)) {
        return Failure(VmError::Invalid);
    }
    const VirtRange kept{old.start, std::min<std::uint64_t>(old.end, old.start.value + length)};
    if (!is_one_area(kept)) {
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
    if (!fixed && length <= old.size()) {
        return old.start;
    }
    return grow_or_move(kept, length, request);
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
    const bool charged = last.commitment == Commitment::Charged || last.object->commitment() == Commitment::Charged;
    if (charged && added.end > added.start.value && !vm_.commit().allows(added.pages())) {
        return Failure(VmError::NoMemory);
    }
    if (request.placement != Placement::Fixed && is_user_range(added) && is_free(added)) {
        lengthen(*find_mapping_mutable(last_page), added);
        return kept.start;
    }
    if (request.placement == Placement::Hint) {
        return Failure(VmError::NoMemory);  // it may not move
    }
    const auto place = request.placement == Placement::Fixed ? std::optional(request.new_address)
                                                             : find_room(length, MapRequest{.length = length});
    if (!place) {
        return Failure(VmError::NoMemory);
    }
    move_mappings(kept, *place);
    const auto size = static_cast<std::uint32_t>(kept.size());
    if (length > size) {
        lengthen(*find_mapping_mutable(*place + (size - PAGE_SIZE)), {*place + size, place->value + length});
    }
    return *place;
}

/// In place where nobody else's pages can lie behind the window; otherwise a mapping of its own, of what was there first.
void AddressSpace::lengthen(Mapping& mapping, const VirtRange& added) {
    if (mapping.commitment == Commitment::Charged) {
        vm_.commit().charge(added.pages());
    }
    if (mapping.object->kind() != ObjectKind::Anonymous ||
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
