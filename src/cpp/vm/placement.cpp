// SPDX-License-Identifier: GPL-2.0-only
// Where a new mapping goes: where it asks to be, or the highest place with room. Elsewhere: get_unmapped_area (Linux),
// uvm_map_findspace (NetBSD).
#include <algorithm>

#include "vm/address_space.hpp"

namespace vmlab {

bool AddressSpace::is_free(const VirtRange& range) const {
    const auto after = mappings_.lower_bound(range.start);
    const bool next_overlaps = after != mappings_.end() && after->second.range.overlaps(range);
    return !next_overlaps && find_mapping(range.start) == nullptr;
}

std::uint64_t AddressSpace::start_with_gap(const Mapping& mapping) const {
    const std::uint64_t start = mapping.range.start.value;
    return mapping.kind == MappingKind::Stack ? start - std::min<std::uint64_t>(start, layout_.stack_guard_gap) : start;
}

bool AddressSpace::is_free_and_apart(const VirtRange& range) const {
    const auto after = mappings_.lower_bound(range.start);
    return is_free(range) && (after == mappings_.end() || range.end <= start_with_gap(after->second));
}

/// The highest free range below mmap_top that is long enough; addresses below `lowest` are left alone.
std::optional<VirtAddr> AddressSpace::find_room(std::uint64_t length, const MapRequest& request) const {
    const VirtRange hinted{request.address.page(), request.address.page().value + length};
    if (request.placement == Placement::Hint && request.address >= layout_.lowest && is_user_range(hinted) &&
        is_free_and_apart(hinted)) {
        return hinted.start;
    }
    std::uint64_t ceiling = layout_.mmap_top.value;
    for (auto at = mappings_.rbegin(); at != mappings_.rend(); ++at) {
        const VirtRange& range = at->second.range;
        if (range.end <= ceiling && ceiling - range.end >= length) {
            break;
        }
        ceiling = std::min(ceiling, start_with_gap(at->second));
    }
    if (ceiling < layout_.lowest.value + length) {
        return std::nullopt;
    }
    return VirtAddr(static_cast<std::uint32_t>(ceiling - length));
}

Result<VirtRange, VmError> AddressSpace::choose_range(const MapRequest& request) const {
    const std::uint64_t length = page_round_up(request.length);
    if (length == 0 || length > layout_.end.value) {
        return Failure(length == 0 ? VmError::Invalid : VmError::NoMemory);
    }
    if (request.placement != Placement::Fixed && request.placement != Placement::FixedNoReplace) {
        const auto room = find_room(length, request);
        return room ? Result<VirtRange, VmError>(VirtRange{*room, room->value + length}) : Failure(VmError::NoMemory);
    }
    const VirtRange range{request.address, request.address.value + length};
    if (!request.address.is_aligned()) {
        return Failure(VmError::Invalid);
    }
    if (!is_user_range(range)) {
        return Failure(VmError::NoMemory);
    }
    if (request.placement == Placement::FixedNoReplace && !is_free(range)) {
        return Failure(VmError::Overlap);
    }
    return range;
}

}  // namespace vmlab
