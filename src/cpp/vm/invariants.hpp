// SPDX-License-Identifier: GPL-2.0-only
// check_invariants: recomputes what the virtual memory believes from the truth and names what differs.
#pragma once

#include <string>
#include <vector>

#include "vm/address_space.hpp"

namespace vmlab {

/// An empty answer means that all holds. `spaces` are all living address spaces.
[[nodiscard]] std::vector<std::string> check_invariants(VirtualMemory& vm, const std::vector<AddressSpace*>& spaces);

}  // namespace vmlab
