// SPDX-License-Identifier: GPL-2.0-only
// The two mappings of an AddressSpace that change their size: the heap by brk, the stack by page faults.
#include <algorithm>

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
    if (new_top > old_top) {
        const VirtRange grown{VirtAddr(static_cast<std::uint32_t>(old_top)), new_top};
        if (!is_user_range(grown) || !is_free(grown)) {
            return Failure(VmError::NoMemory);
        }
        MapRequest heap{.address = grown.start, .length = grown.size(), .placement = Placement::Fixed};
        heap.protection = {Protection::READ | Protection::WRITE};
        heap.kind = MappingKind::Heap;
        heap.name = "[heap]";
        if (const auto mapped = map(std::move(heap)); !mapped) {
            return Failure(mapped.error());
        }
        if (vm_.profile().heap == HeapGrowth::Eager && !populate(grown)) {
            static_cast<void>(unmap(grown));
            return Failure(VmError::NoMemory);
        }
    } else if (new_top < old_top) {
        const VirtRange cut{VirtAddr(static_cast<std::uint32_t>(new_top)), old_top};
        if (const auto unmapped = unmap(cut); !unmapped) {
            return unmapped;
        }
    }
    vm_.emit(BreakChangedEvent{.before = break_, .after = end});
    break_ = end;
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
    stack_top_ = top;
    return Done{};
}

Mapping* AddressSpace::grow_stack(VirtAddr va) {
    if (stack_top_ == VirtAddr() || va >= stack_top_ || stack_top_ - va > layout_.stack_limit) {
        return nullptr;
    }
    const auto above = mappings_.upper_bound(va);
    if (above == mappings_.end() || above->first >= stack_top_ || above->second.kind != MappingKind::Stack) {
        return nullptr;
    }
    const std::uint64_t guard = std::uint64_t{va.page().value} - std::min(va.page().value, layout_.stack_guard_gap);
    const auto below = above == mappings_.begin() ? mappings_.end() : std::prev(above);
    if (below != mappings_.end() && below->second.range.end > guard) {
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

/// A part of the stack with an object of its own: what is above was moved or given other memory, or another mapping still
/// shows what was here.
Mapping AddressSpace::fresh_stack(const Mapping& above, VirtAddr start) {
    const auto limit_pages = static_cast<std::uint32_t>(page_round_up(layout_.stack_limit) >> PAGE_SHIFT);
    Mapping fresh = above;
    fresh.range = {start, above.range.start.value};
    fresh.object = VmObject::create_anonymous(vm_, limit_pages);
    fresh.offset = PageIndex(limit_pages - ((stack_top_ - start) >> PAGE_SHIFT));
    fresh.needs_copy = NeedsCopy::No;
    return fresh;
}

}  // namespace vmlab
