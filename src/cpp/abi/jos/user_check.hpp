// SPDX-License-Identifier: GPL-2.0-only
// What ring 3 itself may touch, as its page table says: JOS asks before it uses a pointer.
#pragma once

#include <cstdint>
#include <optional>

#include "vm/address_space.hpp"

namespace vmlab::jos_abi {

/// The first address of the range that ring 3 may not access so; nothing when it may all of it. Elsewhere: user_mem_check.
[[nodiscard]] std::optional<VirtAddr> find_bad_address(const AddressSpace& space, VirtAddr start, std::uint32_t bytes,
                                                       Access access);

}  // namespace vmlab::jos_abi
