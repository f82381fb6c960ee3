// SPDX-License-Identifier: GPL-2.0-only
#include "vm/device_pager.hpp"

#include <algorithm>

#include "base/panic.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

std::unique_ptr<DevicePager> DevicePager::create(Machine& machine, std::uint32_t pages) {
    const auto first = machine.frames().allocate_neighbours(FrameUse::Device, pages);
    if (!first) {
        return nullptr;
    }
    for (std::uint32_t at = 0; at < pages; ++at) {
        machine.memory().zero_frame(FrameNumber(first->value + at));
    }
    return std::unique_ptr<DevicePager>(new DevicePager(machine, *first, pages));
}

DevicePager::~DevicePager() {
    for (std::uint32_t at = 0; at < pages_; ++at) {
        machine_.frames().free(FrameNumber(first_.value + at));
    }
}

std::optional<FrameNumber> DevicePager::device_frame(PageIndex index) {
    require(has_page(index), "a page of the device");
    if (failing_ > 0) {
        --failing_;
        return std::nullopt;
    }
    return FrameNumber(first_.value + index.value);
}

void DevicePager::peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const {
    require(has_page(index), "a page of the device");
    const auto bytes = machine_.memory().frame(FrameNumber(first_.value + index.value));
    std::copy(bytes.begin(), bytes.end(), destination.begin());
}

VmObject::Obtained VmObject::obtain_device_page(PageIndex index) {
    const auto frame = pager_->device_frame(index);
    if (!frame) {
        return {nullptr, FaultResult::BusError};
    }
    return {&insert_page(index, *frame), FaultResult::Resident};
}

}  // namespace vmlab
