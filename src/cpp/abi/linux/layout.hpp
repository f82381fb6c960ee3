// SPDX-License-Identifier: GPL-2.0-only
// Where an i386 Linux process has what: 3 GiB for the user, 1 GiB for the kernel, nothing placed at random.
#pragma once

#include "base/address.hpp"
#include "machine/descriptor.hpp"
#include "vm/address_space.hpp"

namespace vmlab::linux_abi {

inline constexpr VirtAddr KERNEL_WINDOW{0xC0000000};
inline constexpr VirtAddr STACK_TOP{0xC0000000};
inline constexpr std::uint32_t STACK_LIMIT = 8U << 20;
/// What execve maps of the stack before the program runs.
inline constexpr std::uint32_t INITIAL_STACK = 132U << 10;
inline constexpr std::uint32_t LARGEST_STRING_AREA = STACK_LIMIT / 4;
inline constexpr VirtAddr LOWEST_MAPPING{0x10000};
inline constexpr VirtAddr MMAP_TOP{0xB8000000};
/// Where a position-independent program goes that names an interpreter: ELF_ET_DYN_BASE of an i386 kernel.
inline constexpr VirtAddr PIE_BASE{0x00400000};
inline constexpr std::uint8_t SYSCALL_VECTOR = 0x80;

/// Kernel CS 0x60 and DS 0x68, user CS 0x73 and DS 0x7b, thread-local segments in slots 6 to 8 (%gs 0x33).
inline constexpr GdtLayout GDT{.kernel_code = 12, .kernel_data = 13, .user_code = 14, .user_data = 15, .first_tls = 6};

}  // namespace vmlab::linux_abi
