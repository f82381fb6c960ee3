// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>
#include <map>
#include <set>

#include "base/hex.hpp"
#include "vm/invariant_checks.hpp"

namespace vmlab {

namespace {

std::string name_of(const VmObject& object) { return "object " + std::to_string(object.id()); }

std::string numbers(std::uint64_t believed, std::uint64_t counted) {
    return std::to_string(believed) + ", there are " + std::to_string(counted);
}

/// Who refers to an object, counted from the mappings and the objects that exist.
struct Referrers {
    std::uint32_t mappings = 0;
    std::multiset<const VmObject*> fronts;
};

std::map<const VmObject*, Referrers> count_referrers(const Inspection& inspection) {
    std::map<const VmObject*, Referrers> referrers;
    for (const VmObject* object : inspection.objects()) {
        referrers[object];
        if (object->shadow()) {
            referrers[object->shadow().get()].fronts.insert(object);
        }
    }
    for (const AddressSpace* space : inspection.spaces()) {
        for (const auto& [start, mapping] : space->mappings()) {
            ++referrers[mapping.object.get()].mappings;
        }
    }
    return referrers;
}

/// The mapping's object knows it, once; so a page of the object finds the mapping's PTE.
void check_views(Inspection& inspection) {
    for (AddressSpace* space : inspection.spaces()) {
        for (const auto& [start, mapping] : space->mappings()) {
            std::uint32_t known = 0;
            mapping.object->views().for_each(
                [&](const MappingView& view) { known += view.mapping == &mapping && view.space == space ? 1U : 0U; });
            if (known != 1) {
                inspection.report("mapping at " + hex(start.value) + " under CR3 " + hex(space->pmap().root().value) +
                                  " is registered " + std::to_string(known) + " times with its " +
                                  name_of(*mapping.object));
            }
        }
    }
}

}  // namespace

/// O1; no circle; no shadow that could be merged with what stands alone behind it.
void check_chains(Inspection& inspection) {
    for (const VmObject* object : inspection.objects()) {
        if (object->kind() != ObjectKind::Anonymous && object->shadow()) {
            inspection.report(name_of(*object) + " is a file's or a device's and shadows another");
        }
        std::size_t length = 0;
        for (const VmObject* at = object; at != nullptr && length <= inspection.objects().size(); ++length) {
            at = at->shadow().get();
        }
        if (length > inspection.objects().size()) {
            inspection.report(name_of(*object) + " stands in a circle of shadows");
        }
        const VmObject* behind = object->shadow().get();
        if (behind != nullptr && behind->kind() == ObjectKind::Anonymous && behind->ref_count() == 1) {
            inspection.report(name_of(*object) + " alone refers to " + name_of(*behind) +
                              " and was not merged with it");
        }
    }
}

/// O2: views, shadowed_by and reference counts are what mappings and shadows say. More references to the object of a
/// file or device are its own.
void check_references(Inspection& inspection) {
    check_views(inspection);
    for (const auto& [object, counted] : count_referrers(inspection)) {
        if (std::ranges::find(inspection.objects(), object) == inspection.objects().end()) {
            inspection.report("an object is mapped or shadowed that is not in the list of objects");
            continue;
        }
        if (object->views().size() != counted.mappings) {
            inspection.report(name_of(*object) +
                              " knows mappings: " + numbers(object->views().size(), counted.mappings));
        }
        const std::multiset<const VmObject*> known(object->shadowed_by().begin(), object->shadowed_by().end());
        if (known != counted.fronts) {
            inspection.report(name_of(*object) +
                              " knows shadows in front: " + numbers(known.size(), counted.fronts.size()));
        }
        const std::uint64_t references = counted.mappings + counted.fronts.size();
        const bool owned = object->kind() != ObjectKind::Anonymous || object->keeping() == VmObject::Keeping::Yes;
        const bool others = owned && object->ref_count() > references;
        if (object->ref_count() != references && !others) {
            inspection.report(name_of(*object) + " counts references: " + numbers(object->ref_count(), references));
        }
    }
}

/// O4; slots lie inside their object and are counted.
void check_slots(Inspection& inspection) {
    for (VmObject* object : inspection.objects()) {
        std::uint32_t resident = 0, swapped = 0;
        object->slots().for_each([&](PageIndex index, const Page* page, SwapSlot slot) {
            resident += page != nullptr ? 1U : 0U;
            swapped += slot.valid() ? 1U : 0U;
            if (index.value >= object->size_pages()) {
                inspection.report(name_of(*object, index) + " lies past its end");
            }
            if (!object->is_seen(index)) {
                inspection.report(name_of(*object, index) + " is seen by nobody");
            }
        });
        if (resident != object->slots().resident() || swapped != object->slots().swapped()) {
            inspection.report(name_of(*object) + " counts pages in memory and swap slots: " +
                              numbers(object->slots().resident() + object->slots().swapped(), resident + swapped));
        }
    }
}

/// Each swap slot in use belongs to exactly one (object, index).
void check_swap(Inspection& inspection) {
    const SwapDevice& swap = inspection.vm().swap();
    std::vector<std::uint32_t> owners(swap.total(), 0);
    for (const VmObject* object : inspection.objects()) {
        object->slots().for_each([&](PageIndex index, const Page*, SwapSlot slot) {
            if (!slot.valid()) {
                return;
            }
            if (!swap.in_use(slot)) {
                inspection.report(name_of(*object, index) + " names swap slot " + std::to_string(slot.value) +
                                  ", which is free");
            } else if (++owners[slot.value] == 2) {
                inspection.report(name_of(*object, index) + " names swap slot " + std::to_string(slot.value) +
                                  ", which belongs to another page too");
            }
        });
    }
    for (const SwapSlot slot : inspection.vm().swapper().kernel_slots()) {
        if (!swap.in_use(slot) || ++owners[slot.value] > 1) {
            inspection.report("swap slot " + std::to_string(slot.value) + " of the kernel's is free, or a page's too");
        }
    }
    std::uint32_t used = 0;
    for (std::uint32_t number = 0; number < swap.total(); ++number) {
        used += swap.in_use(SwapSlot(number)) ? 1U : 0U;
        if (swap.in_use(SwapSlot(number)) && owners[number] == 0) {
            inspection.report("swap slot " + std::to_string(number) + " is in use and belongs to no page");
        }
    }
    if (used != swap.used()) {
        inspection.report("the swap device counts used slots: " + numbers(swap.used(), used));
    }
}

}  // namespace vmlab
