// SPDX-License-Identifier: GPL-2.0-only
// What a program says about its memory and asks of it: madvise, mincore, msync.
#include <algorithm>

#include "vm/address_space.hpp"

namespace vmlab {

namespace {

/// Whether taking a page out of the mapping's own object brings back what was there before the first write, for nobody else.
bool forgets_in_place(const Mapping& mapping) {
    const VmObject& own = *mapping.object;
    const bool last_before_source = !own.shadow() || own.shadow()->kind() != ObjectKind::Anonymous;
    return own.kind() == ObjectKind::Anonymous && mapping.needs_copy == NeedsCopy::No && own.shadowed_by().empty() &&
           last_before_source;
}

}  // namespace

/// Calls visit(mapping, its part of the range) for each mapping there, up to the first hole. Fails: Invalid, NotMapped.
template <typename Visit>
Result<Done, VmError> AddressSpace::for_each_part(const VirtRange& range, const Visit& visit) {
    if (!range.start.is_aligned() || range.end % PAGE_SIZE != 0 || range.end > layout_.end.value) {
        return Failure(VmError::Invalid);
    }
    bool hole = false;
    for (std::uint64_t at = range.start.value; at < range.end;) {
        const VirtAddr va(static_cast<std::uint32_t>(at));
        Mapping* mapping = find_mapping_mutable(va);
        if (mapping == nullptr) {
            const auto next = mappings_.lower_bound(va);
            hole = true;
            at = next == mappings_.end() ? range.end : std::min<std::uint64_t>(range.end, next->first.value);
            continue;
        }
        const std::uint64_t end = std::min(range.end, mapping->range.end);
        visit(*mapping, VirtRange{va, end});
        at = end;
    }
    return hole ? Result<Done, VmError>(Failure(VmError::NotMapped)) : Done{};
}

Result<Done, VmError> AddressSpace::advise(const VirtRange& range, Advice advice) {
    switch (advice) {
        case Advice::Normal:
        case Advice::Random:
        case Advice::Sequential:
            return set_access_pattern(range, advice);
        case Advice::WillNeed:
            return for_each_part(range, [](Mapping& mapping, const VirtRange& part) { will_need(mapping, part); });
        case Advice::Free:
            return for_each_part(range, [](Mapping& mapping, const VirtRange& part) { free_lazily(mapping, part); });
        case Advice::Cold:
            return for_each_part(range, [this](const Mapping&, const VirtRange& part) { deactivate(part); });
        case Advice::PageOut:
            return for_each_part(range, [this](const Mapping&, const VirtRange& part) { page_out(part); });
        case Advice::Inherit:
            return set_on_fork(range, OnFork::Inherit);
        case Advice::LeaveOnFork:
            return set_on_fork(range, OnFork::Leave);
        case Advice::WipeOnFork:
            return set_on_fork(range, OnFork::Wipe);
        case Advice::DontNeed:
            break;
    }
    if (vm_.profile().dont_need == DontNeed::Deactivate) {
        return for_each_part(range, [this](const Mapping&, const VirtRange& part) { deactivate(part); });
    }
    return for_each_part(range, [this](Mapping& mapping, const VirtRange& part) { forget(mapping, part); });
}

/// Mappings that begin and end with the range.
template <typename Change>
Result<Done, VmError> AddressSpace::change_whole(const VirtRange& range, const Change& change) {
    if (!range.start.is_aligned() || range.end % PAGE_SIZE != 0 || range.end > layout_.end.value) {
        return Failure(VmError::Invalid);
    }
    split_at(range.start.value);
    split_at(range.end);
    const auto changed = for_each_part(range, [&change](Mapping& mapping, const VirtRange&) { change(mapping); });
    merge_within(range);
    return changed;
}

Result<Done, VmError> AddressSpace::set_access_pattern(const VirtRange& range, Advice pattern) {
    return change_whole(range, [pattern](Mapping& mapping) { mapping.pattern = pattern; });
}

Result<Done, VmError> AddressSpace::set_privilege(const VirtRange& range, Privilege privilege) {
    const auto changed = change_whole(range, [privilege](Mapping& mapping) { mapping.privilege = privilege; });
    if (changed) {
        pmap_.set_privilege(range, privilege);
    }
    return changed;
}

Result<Done, VmError> AddressSpace::set_on_fork(const VirtRange& range, OnFork on_fork) {
    return change_whole(range, [on_fork](Mapping& mapping) { mapping.on_fork = on_fork; });
}

/// Begins to bring in what is on disk; nothing is mapped, and what cannot be had is left.
void AddressSpace::will_need(const Mapping& mapping, const VirtRange& part) {
    for (std::uint64_t at = part.start.value; at < part.end; at += PAGE_SIZE) {
        auto [object, index] = find_holder(mapping, VirtAddr(static_cast<std::uint32_t>(at)));
        if (object->has_page(index) && index.value < object->size_pages()) {
            static_cast<void>(object->obtain_page(index, IoMode::Start, mapping.pattern));
        }
    }
}

AddressSpace::Source AddressSpace::source_of(const Mapping& mapping, const VirtRange& part) {
    const auto [origin, index] = find_origin(mapping, part.start);
    if (origin->kind() != ObjectKind::Anonymous) {
        return {Ref<VmObject>(origin), index, mapping.sharing == Sharing::Private ? NeedsCopy::Yes : NeedsCopy::No};
    }
    return {VmObject::create_anonymous(vm_, part.pages()), PageIndex(0), NeedsCopy::No};
}

/// Linux's MADV_DONTNEED: private pages go back to what they were before the first write; shared ones only leave the tables.
void AddressSpace::forget(Mapping& mapping, const VirtRange& part) {
    if (is_wired(mapping.wiring)) {
        return;
    }
    remove_entries(part, Wiring::Pageable);
    if (mapping.sharing == Sharing::Shared || mapping.object->kind() != ObjectKind::Anonymous) {
        return;
    }
    if (forgets_in_place(mapping)) {
        const PageIndex first = mapping.index_of(part.start);
        mapping.object->slots().for_each(first, std::uint64_t{first.value} + part.pages(),
                                         [&](PageIndex index, Page*, SwapSlot) { mapping.object->remove_page(index); });
        return;
    }
    split_at(part.start.value);
    split_at(part.end);
    Mapping& alone = *find_mapping_mutable(part.start);
    Source source = source_of(alone, part);
    alone.object->remove_mapping(alone);
    Ref<VmObject> before = std::exchange(alone.object, std::move(source.object));
    const PageIndex offset_before = std::exchange(alone.offset, source.offset);
    alone.needs_copy = source.needs_copy;
    alone.object->add_mapping(*this, alone);
    VmObject::drop(std::move(before), offset_before, part.pages());
}

/// MADV_FREE: the content may go, and does when the frame is needed, unless it is written again first.
void AddressSpace::free_lazily(const Mapping& mapping, const VirtRange& part) {
    if (mapping.sharing == Sharing::Shared || !forgets_in_place(mapping) || mapping.object->shadow()) {
        return;
    }
    const PageIndex first = mapping.index_of(part.start);
    VmObject& object = *mapping.object;
    object.slots().for_each(first, std::uint64_t{first.value} + part.pages(),
                            [&](PageIndex index, Page* page, SwapSlot) {
                                object.free_swap_slot(index);
                                if (page == nullptr) {
                                    return;
                                }
                                object.for_each_entry(*page, [](Pmap& pmap, VirtAddr va, Pte pte) {
                                    if (pte.dirty()) {
                                        pmap.clear(va, PteBits::DIRTY);
                                    }
                                });
                                page->mark_freed();
                                object.vm().note_clean(*page);
                            });
}

/// Those that a policy has, and that may leave.
std::vector<Page*> AddressSpace::active_pages(const VirtRange& part) const {
    std::vector<Page*> pages;
    pmap_.for_each_present(part, [&](VirtAddr, Pte pte) {
        Page* page = vm_.page_of(pte.frame());
        if (page != nullptr && page->state() == PageState::Active && !page->busy() && !page->object().locked()) {
            pages.push_back(page);
        }
    });
    return pages;
}

/// 4.4BSD's MADV_DONTNEED, Linux's MADV_COLD: the pages are the first to leave when frames are needed; their content stays.
void AddressSpace::deactivate(const VirtRange& part) {
    for (Page* page : active_pages(part)) {
        vm_.daemon().detach(*page);
    }
}

/// Pages that others see, too, stay, and so does what has no place on a disk.
void AddressSpace::page_out(const VirtRange& part) {
    std::vector<std::pair<VmObject*, PageIndex>> leaving;
    for (Page* page : active_pages(part)) {
        std::uint32_t entries = 0;
        page->object().for_each_entry(*page, [&entries](Pmap&, VirtAddr, Pte) { ++entries; });
        if (entries == 1) {
            vm_.daemon().detach(*page);
            leaving.emplace_back(&page->object(), page->index());
        }
    }
    for (const auto& [object, index] : leaving) {
        // Neighbours are written together: this one may have left with another.
        Page* const page = object->find_page(index);
        if (page != nullptr && page->state() != PageState::Active && !page->busy()) {
            vm_.daemon().expel(*page);
        }
    }
}

Result<Done, VmError> AddressSpace::punch_hole(const VirtRange& range) {
    for (std::uint64_t at = range.start.value; at < range.end;) {
        Mapping* const mapping = find_mapping_mutable(VirtAddr(static_cast<std::uint32_t>(at)));
        if (mapping == nullptr) {
            return Failure(VmError::NotMapped);
        }
        const bool of_device = mapping->object->kind() == ObjectKind::Device;
        if (is_wired(mapping->wiring) || of_device ||
            (mapping->sharing == Sharing::Private && mapping->kind != MappingKind::File)) {
            return Failure(VmError::Invalid);
        }
        if (mapping->sharing == Sharing::Private || !mapping->max_protection.writable()) {
            return Failure(VmError::AccessDenied);
        }
        const std::uint64_t end = std::min(range.end, mapping->range.end);
        const PageIndex first = mapping->index_of(VirtAddr(static_cast<std::uint32_t>(at)));
        if (!mapping->object->clear_pages(first, static_cast<std::uint32_t>((end - at) >> PAGE_SHIFT))) {
            return Failure(VmError::NoMemory);
        }
        at = end;
    }
    return Done{};
}

bool AddressSpace::is_resident(VirtAddr va) const {
    const Mapping* mapping = find_mapping(va);
    if (mapping == nullptr || pmap_.lookup(va).present()) {
        return mapping != nullptr;
    }
    const auto [object, index] = find_holder(*mapping, va);
    const Page* page = object->find_page(index);
    return page != nullptr && page->transit() != Transit::In;
}

std::vector<bool> AddressSpace::resident(const VirtRange& range) const {
    std::vector<bool> pages;
    for (std::uint64_t at = range.start.value; at < range.end; at += PAGE_SIZE) {
        pages.push_back(is_resident(VirtAddr(static_cast<std::uint32_t>(at))));
    }
    return pages;
}

Result<Done, VmError> AddressSpace::synchronize(const VirtRange& range) {
    bool failed = false;
    const auto walked = for_each_part(range, [&](Mapping& mapping, const VirtRange& part) {
        if (mapping.sharing == Sharing::Shared && mapping.object->kind() == ObjectKind::File) {
            failed = !mapping.object->write_back(mapping.index_of(part.start), part.pages(), IoMode::Wait) || failed;
        }
    });
    return walked && failed ? Failure(VmError::InputOutput) : walked;
}

}  // namespace vmlab
