// SPDX-License-Identifier: GPL-2.0-only
#include "vm/address_space.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace vmlab {

namespace {

void note_added(VirtualMemory& vm, const Mapping& mapping, const VirtRange& added) {
    vm.emit(MappingAddedEvent{.start = added.start,
                              .end = static_cast<std::uint32_t>(added.end),
                              .protection = mapping.protection.bits,
                              .kind = mapping.kind});
}

}  // namespace

Ref<AddressSpace> AddressSpace::create(VirtualMemory& vm, const SpaceLayout& layout) {
    auto pmap = vm.reserve_frames(1) ? Pmap::create(vm.machine()) : std::nullopt;
    return pmap ? make_ref<AddressSpace>(vm, layout, std::move(*pmap)) : nullptr;
}

AddressSpace::AddressSpace(VirtualMemory& vm, const SpaceLayout& layout, Pmap pmap)
    : vm_(vm), layout_(layout), pmap_(std::move(pmap)), domain_(vm.join_domain()) {}

void AddressSpace::drop(Ref<AddressSpace> space) {
    if (space && space->ref_count() == 1) {
        space->erase_all();
    }
}

void AddressSpace::erase_all() {
    while (!mappings_.empty()) {
        erase(mappings_.begin());
    }
}

AddressSpace::~AddressSpace() {
    try {
        erase_all();
        vm_.leave_domain(domain_);
    } catch (const Panic&) {
        // drop() has thrown it, or another is on its way. The objects may live on, and must not know what is gone.
        for (const auto& [start, mapping] : mappings_) {
            mapping.object->remove_mapping(mapping);
        }
    }
}

const Mapping* AddressSpace::find_mapping(VirtAddr va) const {
    auto at = mappings_.upper_bound(va);
    if (at == mappings_.begin()) {
        return nullptr;
    }
    --at;
    return at->second.range.contains(va) ? &at->second : nullptr;
}

Mapping* AddressSpace::find_mapping_mutable(VirtAddr va) { return const_cast<Mapping*>(find_mapping(va)); }

bool AddressSpace::is_user_range(const VirtRange& range) const {
    return range.start.value < range.end && range.end <= layout_.end.value;
}

bool AddressSpace::is_page_range(const VirtRange& range) const {
    return range.start.is_aligned() && range.end % PAGE_SIZE == 0 && is_user_range(range);
}

Wiring AddressSpace::wiring_of(const MapRequest& request) const {
    return is_wired(request.wiring) && future_wiring_ != Wiring::WiredOnTouch ? request.wiring : future_wiring_;
}

Result<VirtAddr, VmError> AddressSpace::map(MapRequest request) {
    request.wiring = wiring_of(request);
    const bool populates =
        request.wiring == Wiring::Wired || (request.wiring == Wiring::Pageable && request.populate == Populate::Yes);
    const auto mapped = map_untouched(std::move(request));
    if (!mapped) {
        return Failure(mapped.error());
    }
    if (populates) {
        static_cast<void>(populate(mapped.value()));  // what cannot be had now comes at the touch, or fails there
    }
    return mapped.value().start;
}

Result<VirtAddr, VmError> AddressSpace::map_at_once(MapRequest request) {
    request.wiring = wiring_of(request);
    const auto mapped = map_untouched(std::move(request));
    if (!mapped) {
        return Failure(mapped.error());
    }
    if (const auto populated = populate(mapped.value()); !populated) {
        require(unmap(mapped.value()).ok(), "what was just mapped can be unmapped");
        return Failure(populated.error());
    }
    return mapped.value().start;
}

Result<VirtRange, VmError> AddressSpace::map_untouched(MapRequest request) {
    const auto chosen = choose_range(request);
    if (!chosen) {
        return Failure(chosen.error());
    }
    Mapping mapping;
    mapping.range = chosen.value();
    mapping.protection = request.protection;
    mapping.max_protection = request.max_protection;
    mapping.sharing = request.sharing;
    mapping.kind = request.kind;
    mapping.zero_page = request.zero_page;
    mapping.wiring = request.wiring;
    mapping.software = request.software;
    mapping.commitment = commitment_of(request);
    mapping.name = std::move(request.name);
    if (!may_expand(mapping.range.pages() - mapped_pages(mapping.range), use_of(mapping.protection, mapping))) {
        return Failure(VmError::NoMemory);
    }
    const bool fresh = !request.object;
    const bool shared_charge =
        fresh && request.sharing == Sharing::Shared && mapping.commitment != Commitment::NotReserved;
    const bool private_charge = mapping.commitment == Commitment::Charged;
    const std::uint64_t wanted = shared_charge || private_charge ? mapping.range.pages() : 0;
    const Asking asking = mapping.kind == MappingKind::Stack ? Asking::InSteps : Asking::AtOnce;
    if (!vm_.commit().allows(wanted - std::min(wanted, committed_pages(mapping.range)), asking)) {
        return Failure(VmError::NoMemory);
    }
    if (request.placement == Placement::Fixed) {
        if (const auto unmapped = clear_for(mapping, request.object, request.offset); !unmapped) {
            return Failure(unmapped.error());
        }
    }
    if (private_charge) {
        vm_.commit().charge(wanted);
    }
    if (fresh && extend_previous(mapping)) {
        return mapping.range;
    }
    if (fresh) {
        mapping.object = VmObject::create_anonymous(vm_, mapping.range.pages());
        if (shared_charge) {
            mapping.object->charge_commit();
        }
        return insert(std::move(mapping)).range;
    }
    mapping.object = std::move(request.object);
    mapping.offset = request.offset;
    mapping.needs_copy = request.sharing == Sharing::Private ? NeedsCopy::Yes : NeedsCopy::No;
    const VirtRange range = insert(std::move(mapping)).range;
    merge_within(range);
    return range;
}

/// Unmaps what lies where the mapping will. Pages that it will show stay, also where nothing else shows them: a page may be
/// mapped in its own place.
Result<Done, VmError> AddressSpace::clear_for(const Mapping& mapping, const Ref<VmObject>& object, PageIndex offset) {
    if (!object) {
        return unmap(mapping.range);
    }
    Mapping shown = mapping;
    shown.object = object;
    shown.offset = offset;
    object->add_mapping(*this, shown);
    const auto unmapped = unmap(mapping.range);
    object->remove_mapping(shown);
    return unmapped;
}

Mapping& AddressSpace::insert(Mapping mapping) {
    const auto [at, inserted] = mappings_.emplace(mapping.range.start, std::move(mapping));
    require(inserted, "mappings do not overlap");
    at->second.object->add_mapping(*this, at->second);
    note_added(vm_, at->second, at->second.range);
    return at->second;
}

bool AddressSpace::extend_previous(const Mapping& mapping) {
    Mapping* last = mapping.range.start > VirtAddr(0) ? find_mapping_mutable(mapping.range.start - 1) : nullptr;
    const bool alike = last != nullptr && last->object->kind() == ObjectKind::Anonymous &&
                       last->object->ref_count() == 1 && !last->object->shadow() && last->kind != MappingKind::Stack &&
                       last->needs_copy == NeedsCopy::No && are_alike(*last, mapping);
    if (!alike) {
        return false;
    }
    last->range.end = mapping.range.end;
    const std::uint64_t reach = std::uint64_t{last->offset.value} + last->range.pages();
    if (reach > last->object->size_pages()) {
        last->object->resize(reach * PAGE_SIZE);
    }
    note_added(vm_, *last, mapping.range);
    return true;
}

void AddressSpace::harvest(Pte removed, Wiring wiring) {
    Page* page = vm_.page_of(removed.frame());
    if (page == nullptr) {
        return;
    }
    if (removed.dirty()) {
        page->mark_dirty();
    }
    if (is_wired(wiring)) {
        vm_.unwire(*page);
    }
}

void AddressSpace::remove_entries(const VirtRange& range, Wiring wiring) {
    pmap_.remove_range(range, [this, wiring](VirtAddr, Pte removed) { harvest(removed, wiring); });
}

void AddressSpace::forget_entry(VirtAddr va) {
    const Mapping* mapping = find_mapping(va);
    if (mapping != nullptr && mapping->wiring == Wiring::Pageable) {
        remove_entries({va.page(), std::uint64_t{va.page().value} + PAGE_SIZE}, Wiring::Pageable);
    }
}

void AddressSpace::erase(std::map<VirtAddr, Mapping>::iterator at) {
    Mapping& mapping = at->second;
    remove_entries(mapping.range, mapping.wiring);
    mapping.object->remove_mapping(mapping);
    Ref<VmObject> object = std::move(mapping.object);
    const PageIndex offset = mapping.offset;
    const std::uint32_t pages = mapping.range.pages();
    if (mapping.commitment == Commitment::Charged) {
        vm_.commit().uncharge(pages);
    }
    mappings_.erase(at);
    VmObject::drop(std::move(object), offset, pages);
}

void AddressSpace::split_at(std::uint64_t at) {
    if (at >= layout_.end.value) {
        return;
    }
    const VirtAddr boundary(static_cast<std::uint32_t>(at));
    Mapping* lower = find_mapping_mutable(boundary);
    if (lower == nullptr || lower->range.start == boundary) {
        return;
    }
    Mapping upper = *lower;
    upper.offset = lower->index_of(boundary);
    upper.range.start = boundary;
    lower->range.end = at;
    const auto [place, inserted] = mappings_.emplace(boundary, std::move(upper));
    require(inserted, "a split makes a new mapping");
    place->second.object->add_mapping(*this, place->second);
}

void AddressSpace::merge_within(const VirtRange& range) {
    auto at = mappings_.lower_bound(range.start);
    if (at != mappings_.begin()) {
        --at;
    }
    while (at != mappings_.end() && at->first.value <= range.end) {
        const auto next = std::next(at);
        if (next == mappings_.end()) {
            return;
        }
        Mapping& lower = at->second;
        const Mapping& upper = next->second;
        const bool one = lower.range.end == upper.range.start.value && are_alike(lower, upper) &&
                         lower.object == upper.object && lower.needs_copy == upper.needs_copy &&
                         lower.offset.value + lower.range.pages() == upper.offset.value;
        if (!one) {
            at = next;
            continue;
        }
        lower.range.end = upper.range.end;
        upper.object->remove_mapping(upper);
        mappings_.erase(next);
    }
}

Result<Done, VmError> AddressSpace::unmap(const VirtRange& range) {
    if (!is_page_range(range)) {
        return Failure(VmError::Invalid);
    }
    split_at(range.start.value);
    split_at(range.end);
    auto at = mappings_.lower_bound(range.start);
    if (at == mappings_.end() || at->first.value >= range.end) {
        return Done{};
    }
    while (at != mappings_.end() && at->first.value < range.end) {
        erase(at++);
    }
    vm_.emit(MappingRemovedEvent{.start = range.start, .end = static_cast<std::uint32_t>(range.end)});
    return Done{};
}

bool AddressSpace::peek(VirtAddr va, std::span<std::byte> destination) const {
    while (!destination.empty()) {
        const Mapping* mapping = find_mapping(va);
        if (mapping == nullptr) {
            return false;
        }
        std::array<std::byte, PAGE_SIZE> page{};
        mapping->object->peek(mapping->index_of(va), page);
        const std::size_t piece = std::min<std::size_t>(destination.size(), PAGE_SIZE - va.offset());
        std::memcpy(destination.data(), page.data() + va.offset(), piece);
        destination = destination.subspan(piece);
        va = va + static_cast<std::uint32_t>(piece);
    }
    return true;
}

AddressSpace::Usage AddressSpace::usage() const {
    Usage usage;
    for (const auto& [start, mapping] : mappings_) {
        usage.mapped_bytes += mapping.range.size();
    }
    usage.resident_pages = pmap_.resident_pages();
    usage.peak_resident_pages = pmap_.peak_resident_pages();
    usage.table_frames = pmap_.table_count() + 1;
    usage.metadata_bytes = mapping_bytes();
    std::set<const VmObject*> reached;
    for (const auto& [start, mapping] : mappings_) {
        for (const VmObject* object = mapping.object.get(); object != nullptr; object = object->shadow().get()) {
            if (reached.insert(object).second) {
                usage.metadata_bytes += object->metadata_bytes();
            }
        }
    }
    return usage;
}

}  // namespace vmlab
