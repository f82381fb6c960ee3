// SPDX-License-Identifier: GPL-2.0-only
// Frames by xv6's functions: kalloc and kfree, and mappages, which puts them into a process's tables.
#pragma once

#include <cstdint>

#include "kernel/kernel.hpp"

namespace vmlab::xv6_abi {

/// A frame, where the kernel sees it; 0 when there is none.
[[nodiscard]] std::uint32_t kalloc(Kernel& kernel);
/// Fills it with ones and gives it back. False for what kalloc did not give, or what was given back or mapped meanwhile: there
/// xv6 stops with a panic.
[[nodiscard]] bool kfree(Kernel& kernel, std::uint32_t page);

/// Writes into each free page where the next one is, 0 into the last, and returns the first: the list as xv6 keeps it in
/// memory at all times, where only the kernel sees it. The order is that in which kalloc hands them out.
[[nodiscard]] std::uint32_t link_free_pages(Kernel& kernel);

enum class Mapped : std::uint8_t {
    Done,
    NoTable,  ///< no frame for a page table; what lies before is mapped
    Remap,    ///< a page is mapped there already; likewise. xv6 stops with a panic
    NotOurs   ///< a frame is not from kalloc, or an address is the kernel's; nothing is mapped
};

/// Maps the pages that hold the bytes from va on to the frames from a physical address on. They are the process's then.
[[nodiscard]] Mapped mappages(AddressSpace& space, std::uint32_t va, std::uint32_t size, std::uint32_t physical,
                              std::uint32_t rights);

}  // namespace vmlab::xv6_abi
