// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/page_records.hpp"

#include <array>
#include <cstring>

#include "abi/jos/layout.hpp"

namespace vmlab::jos_abi {

namespace {

/// struct PageInfo.
struct PageInfo {
    std::uint32_t link;
    std::uint16_t references;
    std::uint16_t padding;
};
static_assert(sizeof(PageInfo) == 8);

}  // namespace

PageRecords::PageRecords(Kernel& kernel) : machine_(kernel.machine()), records_(machine_.frames().total()) {
    const auto pages = static_cast<std::uint32_t>(page_round_up(records_.size() * sizeof(PageInfo)) >> PAGE_SHIFT);
    const Kernel::DeviceMemory memory = kernel.make_device_memory(pages, "JOS's records of page frames");
    object_ = memory.object.get();
    first_frame_ = memory.first_frame;
    for (auto frame = static_cast<std::uint32_t>(records_.size()); frame-- > 0;) {
        if (is_free(machine_.frames().use(FrameNumber(frame)))) {
            put_first(frame);
        }
        publish(frame);
    }
    machine_.frames().set_listener(this);
}

PageRecords::~PageRecords() { machine_.frames().set_listener(nullptr); }

void PageRecords::frame_taken(FrameNumber frame) {
    Record& taken = records_[frame.value];
    if (taken.next != NONE) {
        records_[taken.next].previous = taken.previous;
    }
    if (taken.previous == NONE) {
        first_free_ = taken.next;
    } else {
        records_[taken.previous].next = taken.next;
        publish(taken.previous);
    }
    taken.next = taken.previous = NONE;
    publish(frame.value);
}

void PageRecords::frame_freed(FrameNumber frame) {
    put_first(frame.value);
    publish(frame.value);
}

void PageRecords::put_first(std::uint32_t frame) {
    records_[frame] = {.next = first_free_, .references = records_[frame].references};
    if (first_free_ != NONE) {
        records_[first_free_].previous = frame;
    }
    first_free_ = frame;
}

void PageRecords::entry_changed(Pte old, Pte updated) {
    if (old.present() && updated.present() && old.frame() == updated.frame()) {
        return;
    }
    count(old, ~0U);
    count(updated, 1);
}

void PageRecords::count(Pte entry, std::uint32_t change) {
    if (entry.present() && entry.frame().value < records_.size()) {
        records_[entry.frame().value].references += change;
        publish(entry.frame().value);
    }
}

void PageRecords::publish(std::uint32_t frame) {
    const Record& record = records_[frame];
    const bool is_table = machine_.frames().use(FrameNumber(frame)) == FrameUse::PageTable;
    const PageInfo info{.link = record.next == NONE ? 0 : KERNBASE.value + record_address(record.next).value,
                        .references = static_cast<std::uint16_t>(record.references + (is_table ? 1 : 0)),
                        .padding = 0};
    machine_.memory().write(record_address(frame), std::as_bytes(std::span(&info, 1)));
}

PhysAddr PageRecords::record_address(std::uint32_t frame) const {
    return first_frame_.address() + frame * static_cast<std::uint32_t>(sizeof(PageInfo));
}

}  // namespace vmlab::jos_abi
