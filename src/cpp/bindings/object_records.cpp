// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/object_records.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "bindings/bytes.hpp"

namespace vmlab {

namespace {

ObjectRecord record(const VmObject& object) {
    ObjectRecord made{.id = object.id(),
                      .kind = object.kind(),
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

pybind11::bytes all_bytes(const VmObject& object) {
    std::vector<std::byte> bytes(std::size_t{object.size_pages()} * PAGE_SIZE);
    for (std::uint32_t page = 0; page < object.size_pages(); ++page) {
        object.peek(PageIndex(page), std::span(bytes).subspan(std::size_t{page} * PAGE_SIZE).first<PAGE_SIZE>());
    }
    return to_python(std::span(bytes).first(static_cast<std::size_t>(object.bytes())));
}

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

std::vector<TransferRecord> record_transfers(VirtualMemory& vm) {
    std::vector<TransferRecord> records;
    for (const Transfer& transfer : vm.transfers().under_way()) {
        TransferRecord record{.id = transfer.id,
                              .pid = transfer.pid,
                              .direction = transfer.request.direction,
                              .ends_at = transfer.request.done_at};
        for (const Carried& carried : transfer.pages) {
            if (carried.page != nullptr) {
                record.objects.push_back(carried.page->object().id());
                record.pages.push_back(carried.page->index().value);
                record.frames.push_back(carried.page->frame().value);
            }
        }
        records.push_back(std::move(record));
    }
    std::ranges::sort(records, {}, [](const TransferRecord& record) { return std::pair(record.ends_at, record.id); });
    return records;
}

}  // namespace vmlab
