// SPDX-License-Identifier: GPL-2.0-only
// Where a Pintos process has what: 3 GiB for the user below PHYS_BASE, where the stack begins.
#pragma once

#include <cstdint>

#include "base/address.hpp"
#include "machine/descriptor.hpp"

namespace vmlab::pintos_abi {

inline constexpr VirtAddr PHYS_BASE{0xC0000000};
/// The first page is never mapped, so that a null pointer is a bad one.
inline constexpr VirtAddr LOWEST_MAPPING{PAGE_SIZE};
/// The machine of the course's tests: Pintos has half of what it does not need itself for user pages.
inline constexpr std::uint64_t DEFAULT_RAM = 4U << 20;
inline constexpr std::uint32_t DEFAULT_FRAMES = 367;
inline constexpr std::uint64_t DEFAULT_SWAP = 4U << 20;
inline constexpr std::uint32_t STACK_LIMIT = 8U << 20;
/// PUSHA stores 32 bytes below ESP before it moves it; nothing touches memory farther below.
inline constexpr std::uint32_t STACK_REACH = 32;
inline constexpr std::uint8_t SYSCALL_VECTOR = 0x30;

/// Kernel CS 0x08 and DS 0x10, user CS 0x1b and DS 0x23.
inline constexpr GdtLayout GDT{.kernel_code = 1, .kernel_data = 2, .user_code = 3, .user_data = 4};

/// Bytes of a name or a command line with its NUL.
inline constexpr std::uint32_t LONGEST_STRING = PAGE_SIZE;
/// Characters in a file's name, without those of the directories before it.
inline constexpr std::size_t NAME_LIMIT = 14;
/// Characters of a process's name that its exit line shows.
inline constexpr std::size_t PROCESS_NAME_LIMIT = 15;

/// Files have no rights: everybody may do everything.
inline constexpr std::uint32_t FILE_PERMISSIONS = 0755;

/// Descriptors that are always open.
inline constexpr std::uint32_t KEYBOARD = 0, CONSOLE = 1;

}  // namespace vmlab::pintos_abi
