// SPDX-License-Identifier: GPL-2.0-only
// What an address space uses of what its process may have: all mappings, data, and the reach of stacks.
#include <algorithm>

#include "vm/address_space.hpp"

namespace vmlab {

SpaceUse use_of(Protection protection, const Mapping& mapping) {
    const bool data =
        protection.writable() && mapping.sharing == Sharing::Private && mapping.kind != MappingKind::Stack;
    return data ? SpaceUse::Data : SpaceUse::Other;
}

std::uint64_t AddressSpace::mapped_pages(const VirtRange& range) const {
    std::uint64_t pages = 0;
    auto at = mappings_.upper_bound(range.start);
    if (at != mappings_.begin()) {
        --at;
    }
    for (; at != mappings_.end() && at->first.value < range.end; ++at) {
        const std::uint64_t start = std::max(at->first.value, range.start.value);
        const std::uint64_t end = std::min(at->second.range.end, range.end);
        pages += end > start ? (end - start) >> PAGE_SHIFT : 0;
    }
    return pages;
}

std::uint64_t AddressSpace::data_pages() const {
    std::uint64_t pages = 0;
    for (const auto& [start, mapping] : mappings_) {
        pages += use_of(mapping.protection, mapping) == SpaceUse::Data ? mapping.range.pages() : 0;
    }
    return pages;
}

bool AddressSpace::may_expand(std::uint64_t pages, SpaceUse use) const {
    const SpaceLimits* const limits = vm_.current_limits();
    if (limits == nullptr || pages == 0) {
        return true;
    }
    const bool bounded = limits->mapped != SpaceLimits::UNLIMITED;
    if (bounded && mapped_pages() + pages > limits->mapped >> PAGE_SHIFT) {
        return false;
    }
    const bool data_bounded = use == SpaceUse::Data && limits->data != SpaceLimits::UNLIMITED;
    return !data_bounded || data_pages() + pages <= limits->data >> PAGE_SHIFT;
}

std::uint64_t AddressSpace::stack_limit() const {
    const SpaceLimits* const limits = vm_.current_limits();
    return limits != nullptr ? limits->stack : layout_.stack_limit;
}

}  // namespace vmlab
