// SPDX-License-Identifier: GPL-2.0-only
// AddressSpace: mprotect, and what it does to the page tables.
//
// Rights that are lost go at once. W that is gained comes at once to pages that a write could only upgrade, as in Linux;
// whatever else is gained comes with the next fault.
#include "vm/address_space.hpp"

namespace vmlab {

Result<Done, VmError> AddressSpace::protect(const VirtRange& range, Protection protection) {
    if (!is_page_range(range)) {
        return Failure(VmError::Invalid);
    }
    split_at(range.start.value);
    split_at(range.end);
    std::uint64_t reached = range.start.value;
    std::optional<VmError> error;
    for (auto at = mappings_.lower_bound(range.start); at != mappings_.end() && at->first.value < range.end; ++at) {
        Mapping& mapping = at->second;
        if (mapping.range.start.value != reached) {
            break;
        }
        if (!protection.within(mapping.max_protection)) {
            error = VmError::AccessDenied;
            break;
        }
        const bool becomes_own = mapping.sharing == Sharing::Private && protection.writable();
        const SpaceUse use = use_of(protection, mapping);
        if (use != use_of(mapping.protection, mapping) && !may_expand(mapping.range.pages(), use) &&
            may_expand(mapping.range.pages(), SpaceUse::Other)) {
            error = VmError::NoMemory;
            break;
        }
        if (becomes_own && mapping.commitment == Commitment::None) {
            if (!vm_.commit().allows(mapping.range.pages())) {
                error = VmError::NoMemory;
                break;
            }
            vm_.commit().charge(mapping.range.pages());
            mapping.commitment = Commitment::Charged;
        }
        reached = mapping.range.end;
        mapping.protection = protection;
        change_entries(mapping);
    }
    vm_.emit(MappingProtectedEvent{
        .start = range.start, .end = static_cast<std::uint32_t>(reached), .protection = protection.bits});
    if (!error && reached < range.end) {
        error = VmError::NotMapped;
    }
    merge_within(range);
    return error ? Result<Done, VmError>(Failure(*error)) : Done{};
}

/// Makes the entries allow no more than the mapping does now, and no less where nothing but W is missing.
void AddressSpace::change_entries(const Mapping& mapping) {
    if (!mapping.protection.accessible()) {
        remove_entries(mapping.range, mapping.wiring);
    } else if (!mapping.protection.writable()) {
        pmap_.protect(mapping.range, PageRights::ReadOnly);
    } else if (mapping.needs_copy == NeedsCopy::No) {
        pmap_.for_each_present(mapping.range, [&](VirtAddr va, Pte pte) {
            const Page* const own = mapping.object->find_page(mapping.index_of(va));
            if (own != nullptr && own->frame() == pte.frame()) {
                pmap_.protect({va, std::uint64_t{va.value} + PAGE_SIZE}, PageRights::ReadWrite);
            }
        });
    }
}

}  // namespace vmlab
