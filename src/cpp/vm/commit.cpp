// SPDX-License-Identifier: GPL-2.0-only
#include "vm/commit.hpp"

#include <algorithm>

#include "base/panic.hpp"
#include "vm/address_space.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

std::uint64_t CommitAccount::limit() const {
    const MemoryProfile& profile = vm_.profile();
    if (profile.commit_limit > 0) {
        return profile.commit_limit;
    }
    const std::uint64_t memory = std::min(vm_.page_frame_limit(), vm_.machine().frames().total());
    return memory * profile.overcommit_ratio / 100 + vm_.swap().total();
}

bool CommitAccount::allows(std::uint64_t pages, Asking asking) {
    const Overcommit overcommit = vm_.profile().overcommit;
    const bool strict = overcommit == Overcommit::Never;
    if (overcommit == Overcommit::Always || pages == 0 || (!strict && asking == Asking::InSteps)) {
        return true;
    }
    // The heuristic refuses what could not be had if there were nothing else.
    const std::uint64_t most = strict ? limit() : std::uint64_t{vm_.machine().frames().total()} + vm_.swap().total();
    if (pages + (strict ? committed_ : 0) <= most) {
        return true;
    }
    vm_.emit(CommitRefusedEvent{.pages = static_cast<std::uint32_t>(pages),
                                .committed = static_cast<std::uint32_t>(committed_),
                                .limit = static_cast<std::uint32_t>(most)});
    return false;
}

void CommitAccount::uncharge(std::uint64_t pages) {
    require(pages <= committed_, "what is given back was promised");
    committed_ -= pages;
}

Commitment AddressSpace::commitment_of(const MapRequest& request) const {
    const bool strict = vm_.profile().overcommit == Overcommit::Never;
    if (request.reserve == Reserve::No && !strict) {
        return Commitment::NotReserved;
    }
    const bool needs_own = request.sharing == Sharing::Private && request.protection.writable();
    return needs_own ? Commitment::Charged : Commitment::None;
}

std::uint64_t AddressSpace::committed_pages(const VirtRange& range) const {
    std::uint64_t pages = 0;
    auto at = mappings_.upper_bound(range.start);
    if (at != mappings_.begin()) {
        --at;
    }
    for (; at != mappings_.end() && at->first.value < range.end; ++at) {
        const Mapping& mapping = at->second;
        if (mapping.commitment == Commitment::Charged && mapping.range.overlaps(range)) {
            const std::uint64_t end = std::min(mapping.range.end, range.end);
            pages += (end - std::max(mapping.range.start.value, range.start.value)) >> PAGE_SHIFT;
        }
    }
    return pages;
}

}  // namespace vmlab
