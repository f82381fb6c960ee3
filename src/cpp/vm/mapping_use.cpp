// SPDX-License-Identifier: GPL-2.0-only
#include "vm/mapping_use.hpp"

#include <algorithm>

namespace vmlab {

namespace {

/// The entries that map a page.
struct Entries {
    std::uint32_t count = 0;
    bool dirty = false;  ///< one of them has its D bit set
};

Entries find_entries(const Page& page) {
    Entries entries;
    page.object().for_each_entry(page, [&entries](const Pmap&, VirtAddr, Pte pte) {
        ++entries.count;
        entries.dirty = entries.dirty || pte.dirty();
    });
    return entries;
}

/// How many mappings would bring the object's page at `index` in from its swap slot.
std::uint32_t count_swap_sharers(const VmObject& object, PageIndex index) {
    std::uint32_t sharers = 0;
    object.for_each_view(index, [&](const MappingView& view, VirtAddr va) {
        const bool shown = AddressSpace::find_holder(*view.mapping, va).first == &object;
        sharers += shown && !view.space->pmap().lookup(va).present() ? 1U : 0U;
    });
    return sharers;
}

void add_entry(MappingUse& use, const Mapping& mapping, Pte pte, const Page& page) {
    const Entries entries = find_entries(page);
    const bool dirty = entries.dirty || page.dirty();
    const bool shared = entries.count > 1;
    use.rss += PAGE_SIZE;
    use.pss.add_page(entries.count);
    if (dirty) {
        use.pss_dirty.add_page(entries.count);
    }
    if (is_wired(mapping.wiring)) {
        use.locked.add_page(entries.count);
    }
    std::uint64_t& kind =
        shared ? (dirty ? use.shared_dirty : use.shared_clean) : (dirty ? use.private_dirty : use.private_clean);
    kind += PAGE_SIZE;
    use.referenced += pte.accessed() ? PAGE_SIZE : 0;
    const bool anonymous = page.object().kind() == ObjectKind::Anonymous && mapping.sharing == Sharing::Private;
    use.anonymous += anonymous ? PAGE_SIZE : 0;
}

void add_swapped(MappingUse& use, const AddressSpace& space, const Mapping& mapping) {
    PageIndex first = mapping.offset;
    for (const VmObject* object = mapping.object.get(); object != nullptr; object = object->shadow().get()) {
        object->slots().for_each(first, std::uint64_t{first.value} + mapping.range.pages(),
                                 [&](PageIndex index, const Page*, SwapSlot slot) {
                                     const VirtAddr va =
                                         mapping.range.start + ((index.value - first.value) << PAGE_SHIFT);
                                     if (slot.valid() && !space.pmap().lookup(va).present() &&
                                         AddressSpace::find_holder(mapping, va).first == object) {
                                         use.swap += PAGE_SIZE;
                                         use.swap_pss.add_page(count_swap_sharers(*object, index));
                                     }
                                 });
        first = object->shadow_offset() + first.value;
    }
}

}  // namespace

MappingUse& MappingUse::operator+=(const MappingUse& other) {
    size += other.size;
    rss += other.rss;
    pss += other.pss;
    pss_dirty += other.pss_dirty;
    shared_clean += other.shared_clean;
    shared_dirty += other.shared_dirty;
    private_clean += other.private_clean;
    private_dirty += other.private_dirty;
    referenced += other.referenced;
    anonymous += other.anonymous;
    swap += other.swap;
    swap_pss += other.swap_pss;
    locked += other.locked;
    return *this;
}

MappingUse measure(const AddressSpace& space, const Mapping& mapping) {
    MappingUse use{.size = mapping.range.size()};
    space.pmap().for_each_present(mapping.range, [&](VirtAddr, Pte pte) {
        if (const Page* page = space.vm().page_of(pte.frame())) {
            add_entry(use, mapping, pte, *page);
        }
    });
    add_swapped(use, space, mapping);
    return use;
}

std::string flag_names(const Mapping& mapping) {
    const auto has = [](Protection protection, std::uint32_t bit) { return (protection.bits & bit) != 0; };
    const Protection now = mapping.protection, most = mapping.max_protection;
    const bool shared = mapping.sharing == Sharing::Shared;
    const std::pair<bool, const char*> flags[] = {
        {has(now, Protection::READ), "rd"},
        {has(now, Protection::WRITE), "wr"},
        {has(now, Protection::EXEC), "ex"},
        {shared && has(most, Protection::WRITE), "sh"},
        {has(most, Protection::READ), "mr"},
        {has(most, Protection::WRITE), "mw"},
        {has(most, Protection::EXEC), "me"},
        {shared, "ms"},
        {mapping.kind == MappingKind::Stack, "gd"},
        {is_wired(mapping.wiring), "lo"},
        {mapping.pattern == Advice::Sequential, "sr"},
        {mapping.pattern == Advice::Random, "rr"},
        {mapping.on_fork == OnFork::Leave, "dc"},
        {mapping.on_fork == OnFork::Wipe, "wf"},
    };
    std::string names;
    for (const auto& [set, name] : flags) {
        if (set) {
            names += names.empty() ? "" : " ";
            names += name;
        }
    }
    return names;
}

}  // namespace vmlab
