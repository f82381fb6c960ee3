// SPDX-License-Identifier: GPL-2.0-only
// Where a JOS environment has what, and which of the course's labs the kernel is that of.
#pragma once

#include <cstdint>

#include "base/address.hpp"
#include "machine/descriptor.hpp"

namespace vmlab::jos_abi {

/// The labs differ in their system calls and those' numbers, in struct Env and in what the kernel prints.
enum class Lab : std::uint8_t { Three = 3, Four = 4, Five = 5 };

inline constexpr VirtAddr KERNBASE{0xF0000000};
inline constexpr VirtAddr KSTACKTOP = KERNBASE;
inline constexpr VirtAddr ULIM{0xEF800000};    ///< nothing from here on is for ring 3, not even to read
inline constexpr VirtAddr UENVS{0xEEC00000};   ///< all environments, to read
inline constexpr VirtAddr UPAGES{0xEF000000};  ///< what the kernel keeps of each page frame, to read
inline constexpr VirtAddr UTOP = UENVS;        ///< nothing from here on is for ring 3 to change
inline constexpr VirtAddr USTACKTOP{0xEEBFE000};
inline constexpr VirtAddr UXSTACKTOP = UTOP;  ///< of the one page on which an environment handles its page faults
inline constexpr VirtAddr UVPT{0xEF400000};   ///< the environment's own page tables, to read
inline constexpr std::uint8_t SYSCALL_VECTOR = 0x30;
/// Kernel CS 0x08 and DS 0x10, user CS 0x1b and DS 0x23.
inline constexpr GdtLayout GDT{.kernel_code = 1, .kernel_data = 2, .user_code = 3, .user_data = 4, .first_tls = 6};
/// What the course's emulator has.
inline constexpr std::uint64_t RAM_BYTES = std::uint64_t{128} << 20;

}  // namespace vmlab::jos_abi
