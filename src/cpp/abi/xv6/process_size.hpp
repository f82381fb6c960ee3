// SPDX-License-Identifier: GPL-2.0-only
// What changes the size of an xv6 process's memory, by the names that xv6 has for it.
#pragma once

#include <cstdint>

#include "kernel/kernel.hpp"

namespace vmlab::xv6_abi {

/// Moves `sz`, and gives or takes memory as the profile says. False: there is no memory, which is said on the console, or no
/// address; then nothing has changed.
[[nodiscard]] bool growproc(Kernel& kernel, Process& process, std::int32_t change);

/// Fresh pages, there at once, from the page after the one with old_size - 1 to the one with new_size - 1; `sz` stays.
/// Returns new_size; old_size when it is not the smaller; 0 without memory, which is said on the console and undone, and where
/// addresses end or something is mapped already.
[[nodiscard]] std::uint32_t allocuvm(Kernel& kernel, AddressSpace& space, std::uint32_t old_size,
                                     std::uint32_t new_size);
/// Takes those pages away; `sz` stays. Returns new_size; old_size when it is not the larger.
[[nodiscard]] std::uint32_t deallocuvm(AddressSpace& space, std::uint32_t old_size, std::uint32_t new_size);

/// Whether there is a page table for an address, now if not before.
[[nodiscard]] bool ensure_table(AddressSpace& space, VirtAddr va);

}  // namespace vmlab::xv6_abi
