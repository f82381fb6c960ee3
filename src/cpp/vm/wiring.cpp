// SPDX-License-Identifier: GPL-2.0-only
// Wiring: pages that must stay in memory once they are there, and pages that are brought in before they are touched.
#include <algorithm>
#include <utility>

#include "vm/address_space.hpp"

namespace vmlab {

namespace {

VmError lacking(const FaultOutcome& outcome) {
    return outcome.lacks == FaultOutcome::Lacks::Table ? VmError::NoTable : VmError::NoMemory;
}

}  // namespace

Result<Done, VmError> AddressSpace::set_wiring(const VirtRange& range, Wiring wiring) {
    if (!is_page_range(range)) {
        return Failure(VmError::Invalid);
    }
    split_at(range.start.value);
    split_at(range.end);
    std::uint64_t reached = range.start.value;
    for (auto at = mappings_.lower_bound(range.start); at != mappings_.end() && at->first.value == reached; ++at) {
        if (reached >= range.end) {
            break;
        }
        Mapping& mapping = at->second;
        reached = mapping.range.end;
        const bool had_wires = is_wired(std::exchange(mapping.wiring, wiring));
        if (had_wires == is_wired(wiring)) {
            continue;
        }
        if (is_wired(wiring)) {
            // The frame of zeros is nobody's page and cannot be wired: a fault brings one that can.
            remove_zero_page_entries(mapping.range);
        }
        pmap_.for_each_present(mapping.range, [this, wiring](VirtAddr, Pte pte) {
            Page* page = vm_.page_of(pte.frame());
            require(page != nullptr, "a present entry maps a page");
            is_wired(wiring) ? vm_.wire(*page) : vm_.unwire(*page);
        });
    }
    const Result<Done, VmError> populated = wiring == Wiring::Wired ? populate(range) : Done{};
    merge_within(range);
    if (!populated) {
        return populated;
    }
    return reached >= range.end ? Result<Done, VmError>(Done{}) : Failure(VmError::NotMapped);
}

void AddressSpace::remove_zero_page_entries(const VirtRange& range) {
    std::vector<VirtAddr> zeros;
    pmap_.for_each_present(range, [&](VirtAddr va, Pte pte) {
        if (vm_.is_zero_frame(pte.frame())) {
            zeros.push_back(va);
        }
    });
    for (const VirtAddr va : zeros) {
        pmap_.remove(va);
    }
}

Result<Done, VmError> AddressSpace::populate(const VirtRange& range) {
    std::uint64_t at = range.start.value;
    while (at < range.end) {
        const VirtAddr va(static_cast<std::uint32_t>(at));
        const Mapping* mapping = find_mapping(va);
        if (mapping == nullptr) {
            return Failure(VmError::NotMapped);
        }
        const std::uint64_t end = std::min(range.end, mapping->range.end);
        if (!mapping->protection.accessible()) {
            return Failure(VmError::NotMapped);
        }
        const bool writes = mapping->protection.writable() && mapping->sharing == Sharing::Private;
        for (; at < end; at += PAGE_SIZE) {
            const PageFault touch{.address = VirtAddr(static_cast<std::uint32_t>(at)),
                                  .access = writes ? Access::Write : Access::Read};
            const FaultOutcome outcome = bring_in(touch, AfterEnter::NoRetry);
            if (outcome.result == FaultResult::OutOfMemory) {
                return Failure(lacking(outcome));
            }
            if (!outcome.resolved()) {
                return Failure(VmError::NotMapped);  // past the end of a file
            }
            if (writes) {
                vm_.page_of(pmap_.lookup(touch.address).frame())
                    ->mark_dirty();  // zeros, too, keep their frame or go to swap
            }
        }
    }
    return Done{};
}

Result<Done, VmError> AddressSpace::populate(const VirtRange& range, Access access) {
    for (std::uint64_t at = range.start.value; at < range.end; at += PAGE_SIZE) {
        const PageFault touch{.address = VirtAddr(static_cast<std::uint32_t>(at)), .access = access};
        const FaultOutcome outcome = bring_in(touch, AfterEnter::NoRetry);
        switch (outcome.result) {
            case FaultResult::NoMapping:
                return Failure(VmError::NotMapped);
            case FaultResult::Protection:
                return Failure(VmError::Invalid);
            case FaultResult::BusError:
                return Failure(VmError::NoPage);
            case FaultResult::OutOfMemory:
                return Failure(lacking(outcome));
            default:
                break;
        }
    }
    return Done{};
}

}  // namespace vmlab
