// SPDX-License-Identifier: GPL-2.0-only
// What the kernel itself says on the console, word for word.
#pragma once

#include <cstdint>
#include <string>

#include "machine/trap_frame.hpp"
#include "vm/address_space.hpp"

namespace vmlab::pintos_abi {

[[nodiscard]] std::string boot_lines(std::uint64_t ram_bytes);
/// Of the timer's ticks and the page faults since boot.
[[nodiscard]] std::string power_off_lines(std::uint64_t ticks, std::uint64_t page_faults);
/// Of a page fault in a program that cannot be made good.
[[nodiscard]] std::string fault_line(const PageFault& fault);
/// Of an exception that ends a process: its name, the exception and the registers.
[[nodiscard]] std::string dying_lines(const std::string& name, const TrapFrame& frame, std::uint8_t vector,
                                      std::uint32_t error, VirtAddr cr2);

}  // namespace vmlab::pintos_abi
