// SPDX-License-Identifier: GPL-2.0-only
// ObjectRecord: a VmObject as a value, with its slots and what it stands in front of, for views; TransferRecord: a transfer.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "vm/address_space.hpp"

namespace vmlab {

/// One slot that is not empty.
struct SlotRecord {
    std::uint32_t page = 0;
    std::optional<std::uint32_t> frame;  ///< when it is in memory
    std::optional<std::uint32_t> swap;   ///< its swap slot, if it has one
    bool dirty = false;                  ///< the kernel knows that it is; the D bits of PTEs may know more
    std::uint32_t state = 0;             ///< PageState, when it is in memory
};

struct ObjectRecord {
    std::uint32_t id = 0;
    ObjectKind kind = ObjectKind::Anonymous;
    std::uint32_t pages = 0;
    std::uint32_t references = 0;         ///< mappings, objects in front, the file
    std::optional<std::uint32_t> shadow;  ///< the object behind
    std::uint32_t shadow_offset = 0;      ///< the page of that which is page 0 here
    std::vector<SlotRecord> slots;
};

/// One transfer that is under way.
struct TransferRecord {
    std::uint32_t id = 0;
    std::uint32_t pid = 0;  ///< for whom it was started
    IoDirection direction = IoDirection::Read;
    std::uint64_t ends_at = 0;
    std::vector<std::uint32_t> objects;  ///< of the pages that it carries, as are the next two
    std::vector<std::uint32_t> pages;
    std::vector<std::uint32_t> frames;
};

/// What the disks have been handed and have not done yet, in the order in which it will end.
[[nodiscard]] std::vector<TransferRecord> record_transfers(VirtualMemory& vm);

/// The objects that an address space reaches, each once, by number.
/// All that an object holds, looked at without bringing pages in.
[[nodiscard]] pybind11::bytes all_bytes(const VmObject& object);
[[nodiscard]] std::vector<ObjectRecord> record_objects(const AddressSpace& space);

}  // namespace vmlab
