// SPDX-License-Identifier: GPL-2.0-only
// The two mappings of an AddressSpace that change their size: the heap by brk, the stack by page faults.
#include <algorithm>
#include <utility>

#include "vm/address_space.hpp"

namespace vmlab {

void AddressSpace::set_heap_start(VirtAddr start) {
    require(heap_start_ == break_, "the heap gets its place while it is empty");
    heap_start_ = start;
    break_ = start;
}

Result<Done, VmError> AddressSpace::set_break(VirtAddr end) {
    if (end < heap_start_ || end > layout_.end) {
        return Failure(VmError::Invalid);
    }
    const std::uint64_t old_top = page_round_up(break_.value);
    const std::uint64_t new_top = page_round_up(end.value);
    const VirtRange grown{VirtAddr(static_cast<std::uint32_t>(old_top)), new_top};
    if (new_top > old_top) {
        // The page above stays free, and the gap below what grows down.
        if (!is_user_range(grown) || !is_free_and_apart({grown.start, grown.end + PAGE_SIZE})) {
            return Failure(VmError::NoMemory);
        }
        MapRequest heap{.address = grown.start, .length = grown.size(), .placement = Placement::Fixed};
        heap.protection = {Protection::READ | Protection::WRITE};
        heap.kind = MappingKind::Heap;
        heap.name = "[heap]";
        if (const auto mapped = map(std::move(heap)); !mapped) {
            return Failure(mapped.error());
        }
    } else if (new_top < old_top) {
        const VirtRange cut{VirtAddr(static_cast<std::uint32_t>(new_top)), old_top};
        if (const auto unmapped = unmap(cut); !unmapped) {
            return unmapped;
        }
    }
    const VirtAddr before = std::exchange(break_, end);
    if (new_top > old_top && vm_.profile().heap == HeapGrowth::Eager) {
        if (const auto populated = populate(grown); !populated) {
            static_cast<void>(unmap(grown));
            break_ = before;
            return populated;
        }
    }
    vm_.emit(BreakChangedEvent{.before = before, .after = end});
    return Done{};
}

Result<Done, VmError> AddressSpace::map_stack(VirtAddr top, std::uint32_t initial) {
    MapRequest request;
    request.address = top - initial;
    request.length = initial;
    request.placement = Placement::FixedNoReplace;
    request.protection = {Protection::READ | Protection::WRITE};
    request.kind = MappingKind::Stack;
    request.name = "[stack]";
    const auto mapped = map(std::move(request));
    if (!mapped) {
        return Failure(mapped.error());
    }
    // The object counts down from the lowest page the stack may ever have, so that growing renumbers nothing.
    const std::uint32_t limit_pages = std::max(layout_.stack_limit, initial) >> PAGE_SHIFT;
    Mapping& stack = mappings_.at(mapped.value());
    stack.object->resize(std::uint64_t{limit_pages} * PAGE_SIZE);
    stack.offset = PageIndex(limit_pages - stack.range.pages());
    return Done{};
}

std::uint64_t AddressSpace::area_end(const Mapping& mapping) const {
    std::uint64_t end = mapping.range.end;
    for (auto at = mappings_.find(mapping.range.start); ++at != mappings_.end();) {
        if (at->first.value != end || !are_alike(mapping, at->second)) {
            break;
        }
        end = at->second.range.end;
    }
    return end;
}

/// The gap is kept to what may be touched and does not grow itself.
bool AddressSpace::may_grow_to(const Mapping& stack, VirtAddr start) const {
    if (area_end(stack) - start.value > stack_limit()) {
        return false;
    }
    const std::uint64_t guard = std::uint64_t{start.value} - std::min(start.value, layout_.stack_guard_gap);
    const auto at = mappings_.find(stack.range.start);
    const Mapping* const below = at == mappings_.begin() ? nullptr : &std::prev(at)->second;
    const bool near = below != nullptr && below->kind != MappingKind::Stack && below->protection.accessible() &&
                      below->range.end > guard;
    return !near && may_expand((stack.range.start - start) >> PAGE_SHIFT, SpaceUse::Other);
}

/// Who pushes touches at most what one instruction can below ESP: 32 bytes for pusha.
bool AddressSpace::is_in_reach(const PageFault& fault) const {
    return !layout_.stack_reach || std::uint64_t{fault.address.value} + *layout_.stack_reach >= fault.esp.value;
}

Mapping* AddressSpace::grow_stack(const PageFault& fault) {
    const VirtAddr va = fault.address;
    const auto above = mappings_.upper_bound(va);
    if (above == mappings_.end() || above->second.kind != MappingKind::Stack || !is_in_reach(fault) ||
        !may_grow_to(above->second, va.page())) {
        return nullptr;
    }
    Mapping& stack = above->second;
    const std::uint32_t pages = (stack.range.start - va.page()) >> PAGE_SHIFT;
    if (stack.commitment == Commitment::Charged) {
        if (!vm_.commit().allows(pages, Asking::InSteps)) {
            return nullptr;
        }
        vm_.commit().charge(pages);
    }
    if (pages > stack.offset.value || !stack.object->is_fresh(PageIndex(stack.offset.value - pages), pages)) {
        return &insert(fresh_stack(stack, va.page()));
    }
    auto node = mappings_.extract(above);
    stack.offset = PageIndex(stack.offset.value - pages);
    stack.range.start = va.page();
    node.key() = va.page();
    return &mappings_.insert(std::move(node)).position->second;
}

/// A part of the stack with an object of its own: what is above was moved or given other memory, another mapping still shows
/// what was here, or its object begins with it. Its pages have their numbers in the address space, so that it may grow on.
Mapping AddressSpace::fresh_stack(const Mapping& above, VirtAddr start) {
    Mapping fresh = above;
    fresh.range = {start, above.range.start.value};
    fresh.object = VmObject::create_anonymous(vm_, above.range.start.value >> PAGE_SHIFT);
    fresh.offset = PageIndex(start.value >> PAGE_SHIFT);
    fresh.needs_copy = NeedsCopy::No;
    return fresh;
}

}  // namespace vmlab
