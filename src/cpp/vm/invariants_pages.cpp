// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/hex.hpp"
#include "vm/invariant_checks.hpp"

namespace vmlab {

namespace {

std::string name_of(const Page& page) {
    return name_of(page.object(), page.index()) + " in frame " + std::to_string(page.frame().value);
}

/// visit(object, index, page) for each page that lies in a slot.
template <typename Visit>
void for_each_page(const Inspection& inspection, const Visit& visit) {
    for (VmObject* object : inspection.objects()) {
        object->slots().for_each([&](PageIndex index, const Page* page, SwapSlot) {
            if (page != nullptr) {
                visit(*object, index, *page);
            }
        });
    }
}

/// visit(view, va) for each mapping that shows the page at `index` of `object`, not hidden by an object in front.
template <typename Visit>
void for_each_viewer(const VmObject& object, PageIndex index, const Visit& visit) {
    object.views().for_each([&](const MappingView& view) {
        if (view.mapping->shows(index)) {
            visit(view, view.mapping->range.start + ((index.value - view.mapping->offset.value) << PAGE_SHIFT));
        }
    });
    for (const VmObject* front : object.shadowed_by()) {
        const PageIndex in_front(index.value - front->shadow_offset().value);
        if (index >= front->shadow_offset() && in_front.value < front->size_pages() && !front->slots().has(in_front)) {
            for_each_viewer(*front, in_front, visit);
        }
    }
}

void check_list(const FrameList& list, PageState state, const char* name, Inspection& inspection) {
    for (auto frame = list.front(); frame; frame = list.after(*frame)) {
        const Page* page = inspection.vm().page_of(*frame);
        if (page == nullptr || page->state() != state) {
            inspection.report("frame " + std::to_string(frame->value) + " is on the " + name +
                              " list, but its page is not " + name);
        }
    }
}

/// What must hold of a page in its state, beyond being counted.
void check_state(const Page& page, Inspection& inspection) {
    VirtualMemory& vm = inspection.vm();
    const bool modified = page.state() == PageState::Modified, standby = page.state() == PageState::Standby;
    if (modified != vm.modified().contains(page.frame()) || standby != vm.standby().contains(page.frame())) {
        inspection.report(name_of(page) + " is not on the list, modified or standby, that its state names");
    }
    const bool unused = modified || standby || page.state() == PageState::Busy;
    if (unused && !inspection.entries_of(page.frame()).empty()) {
        inspection.report(name_of(page) + " was taken from its users and is still mapped");
    }
    if ((modified && !page.dirty()) || (standby && page.dirty())) {
        inspection.report(name_of(page) + " is on the wrong one of the lists for clean and for dirty pages");
    }
    if ((page.state() == PageState::Device) != (page.object().kind() == ObjectKind::Device)) {
        inspection.report(name_of(page) + " counts as a device's, or its object does, and not both");
    }
    const bool shared = vm.is_shared(page.domain()) && page.state() == PageState::Active;
    if (shared && page.domain() != vm.machine().frames().zone_of(page.frame())) {
        inspection.report(name_of(page) + " is charged to the domain of another zone than its frame's");
    }
    if (page.domain() >= vm.domains().size() || vm.domains()[page.domain()].policy == nullptr) {
        inspection.report(name_of(page) + " is charged to a replacement domain that does not exist");
    }
}

}  // namespace

/// Each page is in the slot that it names, in a frame of its own; no page is busy between two operations.
void check_pages(Inspection& inspection) {
    VirtualMemory& vm = inspection.vm();
    const FramePool& frames = vm.machine().frames();
    std::set<const Page*> in_slots;
    for_each_page(inspection, [&](const VmObject& object, PageIndex index, const Page& page) {
        in_slots.insert(&page);
        if (&page.object() != &object || page.index() != index) {
            inspection.report(name_of(object, index) + " holds a page that names another slot");
        }
        const FrameUse use = object.kind() == ObjectKind::Device ? FrameUse::Device : FrameUse::Page;
        if (vm.page_of(page.frame()) != &page || frames.use(page.frame()) != use) {
            inspection.report(name_of(page) + " is not the page that this frame is known to hold");
        }
        if (page.pinned()) {
            inspection.report(name_of(page) + " is pinned, and nobody works with it");
        }
    });
    for (std::uint32_t number = 0; number < frames.total(); ++number) {
        const FrameNumber frame(number);
        const Page* page = vm.page_of(frame);
        if (page != nullptr && !in_slots.contains(page)) {
            inspection.report("frame " + std::to_string(number) + " is known to hold a page that is in no slot");
        }
        if (page == nullptr && frames.use(frame) == FrameUse::Page) {
            inspection.report("frame " + std::to_string(number) + " is in use for a page and holds none");
        }
    }
}

/// Each page is where its state says, and the counts of lists and replacement domains equal a recount.
void check_queues(Inspection& inspection) {
    VirtualMemory& vm = inspection.vm();
    std::vector<std::uint32_t> active(vm.domains().size(), 0);
    std::uint32_t modified = 0, standby = 0;
    for_each_page(inspection, [&](const VmObject&, PageIndex, const Page& page) {
        check_state(page, inspection);
        modified += page.state() == PageState::Modified ? 1U : 0U;
        standby += page.state() == PageState::Standby ? 1U : 0U;
        if (page.state() == PageState::Active && page.domain() < active.size()) {
            ++active[page.domain()];
        }
    });
    check_list(vm.modified(), PageState::Modified, "modified", inspection);
    check_list(vm.standby(), PageState::Standby, "standby", inspection);
    if (modified != vm.modified().size() || standby != vm.standby().size()) {
        inspection.report("the modified and standby lists hold " +
                          std::to_string(vm.modified().size() + vm.standby().size()) + " frames, there are " +
                          std::to_string(modified + standby) + " such pages");
    }
    for (std::size_t number = 0; number < active.size(); ++number) {
        const ReplacementDomain& domain = vm.domains()[static_cast<ReplacementDomains::Number>(number)];
        if (domain.pages != active[number]) {
            inspection.report("replacement domain " + std::to_string(number) + " counts " +
                              std::to_string(domain.pages) + " pages, there are " + std::to_string(active[number]));
        }
    }
}

/// A page is in transit exactly while one transfer carries it, and Busy unless it is written where it is.
void check_transfers(Inspection& inspection) {
    std::map<const Page*, std::pair<Transit, bool>> carried_pages;
    for (const Transfer& transfer : inspection.vm().transfers().under_way()) {
        const Transit way = transfer.request.direction == IoDirection::Read ? Transit::In : Transit::Out;
        for (const Carried& carried : transfer.pages) {
            if (carried.page != nullptr &&
                !carried_pages.try_emplace(carried.page, way, carried.after != AfterTransfer::Stay).second) {
                inspection.report(name_of(*carried.page) + " is carried by two transfers");
            }
        }
    }
    for_each_page(inspection, [&](const VmObject&, PageIndex, const Page& page) {
        const auto found = carried_pages.find(&page);
        const auto [way, busy] = found == carried_pages.end() ? std::pair(Transit::None, false) : found->second;
        if (page.transit() != way || (page.state() == PageState::Busy) != busy) {
            inspection.report(name_of(page) + " is on its way and no transfer carries it, or the other way round");
        }
    });
}

/// A page's wires are the present entries of wired mappings, and a page with wires is Wired.
void check_wires(Inspection& inspection) {
    std::uint32_t wired = 0;
    for_each_page(inspection, [&](const VmObject&, PageIndex, const Page& page) {
        const auto wires = std::ranges::count_if(inspection.entries_of(page.frame()), [](const EntrySeen& entry) {
            return entry.mapping != nullptr && is_wired(entry.mapping->wiring);
        });
        if (static_cast<std::uint32_t>(wires) != page.wire_count()) {
            inspection.report(name_of(page) + " counts " + std::to_string(page.wire_count()) + " wires, " +
                              std::to_string(wires) + " entries wire it");
        }
        const bool device = page.state() == PageState::Device;
        if (!device && page.wired() != (page.state() == PageState::Wired)) {
            inspection.report(name_of(page) + " is wired but not in that state, or the other way round");
        }
        wired += page.wired() && !device ? 1U : 0U;
    });
    if (wired != inspection.vm().wired_pages()) {
        inspection.report("the virtual memory counts " + std::to_string(inspection.vm().wired_pages()) +
                          " wired pages, there are " + std::to_string(wired));
    }
}

/// O3 and more: what is lost when a clean page leaves memory can be had again, from its slot, its file or as zeros.
void check_contents(Inspection& inspection) {
    VirtualMemory& vm = inspection.vm();
    for_each_page(inspection, [&](const VmObject& object, PageIndex index, const Page& page) {
        const SwapSlot slot = object.swap_slot(index);
        if (page.cleanliness() != Cleanliness::Clean && slot.valid()) {
            inspection.report(name_of(page) + " is dirty and keeps a swap slot");
        }
        if (page.cleanliness() != Cleanliness::Clean || inspection.any_entry_dirty(page.frame()) ||
            (slot.valid() && !vm.swap().in_use(slot))) {
            return;
        }
        std::array<std::byte, PAGE_SIZE> stored;
        object.peek_stored(index, stored);
        const std::uint64_t start = std::uint64_t{index.value} * PAGE_SIZE;
        const std::uint64_t end =
            object.kind() == ObjectKind::File ? std::max(object.bytes(), start) : ~std::uint64_t{0};
        const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(PAGE_SIZE, end - start));
        if (!std::ranges::equal(vm.memory().frame(page.frame()).first(bytes), std::span(stored).first(bytes))) {
            inspection.report(name_of(page) + " counts as clean and differs from what is stored of it");
        }
    });
}

/// Every present entry is found by asking its page where it is mapped, and once.
void check_reverse_map(Inspection& inspection) {
    for_each_page(inspection, [&](const VmObject&, PageIndex, const Page& page) {
        std::map<std::pair<const Pmap*, VirtAddr>, std::uint32_t> places;
        page.object().for_each_place(page.index(), [&](Pmap& pmap, VirtAddr va) { ++places[{&pmap, va}]; });
        for (const EntrySeen& entry : inspection.entries_of(page.frame())) {
            const auto found = places.find({&entry.space->pmap(), entry.address});
            if (found == places.end() || found->second != 1) {
                inspection.report(name_of(*entry.space, entry.address) + " is not found, or not once, by asking for " +
                                  name_of(page));
            }
        }
    });
}

/// What a private mapping may write in place, without a copy, is shown by no other mapping: there it has to stay as it was.
void check_writers(Inspection& inspection) {
    for (const VmObject* object : inspection.objects()) {
        object->slots().for_each([&](PageIndex index, const Page*, SwapSlot) {
            object->views().for_each([&](const MappingView& writer) {
                const Mapping& mapping = *writer.mapping;
                if (mapping.sharing == Sharing::Shared || mapping.needs_copy == NeedsCopy::Yes ||
                    !mapping.shows(index)) {
                    return;
                }
                for_each_viewer(*object, index, [&](const MappingView& other, VirtAddr va) {
                    if (other.mapping != &mapping) {
                        inspection.report(name_of(*object, index) + " may be written in place by the mapping at " +
                                          hex(mapping.range.start.value) + " under CR3 " +
                                          hex(writer.space->pmap().root().value) + ", and " + hex(va.value) +
                                          " under CR3 " + hex(other.space->pmap().root().value) + " shows it too");
                    }
                });
            });
        });
    }
}

}  // namespace vmlab
