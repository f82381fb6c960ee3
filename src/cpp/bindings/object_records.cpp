// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/object_records.hpp"

#include <map>

namespace vmlab {

namespace {

ObjectRecord record(const VmObject& object) {
    ObjectRecord made{.id = object.id(),
                      .is_file = object.kind() == ObjectKind::File,
                      .pages = object.size_pages(),
                      .references = object.ref_count(),
                      .shadow_offset = object.shadow_offset().value};
    if (object.shadow()) {
        made.shadow = object.shadow()->id();
    }
    object.slots().for_each([&made](PageIndex index, const Page* page, SwapSlot swap) {
        SlotRecord slot{.page = index.value};
        if (page != nullptr) {
            slot.frame = page->frame().value;
            slot.dirty = page->dirty();
            slot.state = static_cast<std::uint32_t>(page->state());
        }
        if (swap.valid()) {
            slot.swap = swap.value;
        }
        made.slots.push_back(slot);
    });
    return made;
}

}  // namespace

std::vector<ObjectRecord> record_objects(const AddressSpace& space) {
    std::map<std::uint32_t, const VmObject*> reached;
    for (const auto& [start, mapping] : space.mappings()) {
        for (const VmObject* object = mapping.object.get(); object != nullptr; object = object->shadow().get()) {
            reached.emplace(object->id(), object);
        }
    }
    std::vector<ObjectRecord> records;
    for (const auto& [id, object] : reached) {
        records.push_back(record(*object));
    }
    return records;
}

}  // namespace vmlab
