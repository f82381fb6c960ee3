// SPDX-License-Identifier: GPL-2.0-only
// Where an i386 Linux process has what: 3 GiB for the user, 1 GiB for the kernel, and what of that chance may decide.
#pragma once

#include "base/address.hpp"
#include "kernel/random_source.hpp"
#include "machine/descriptor.hpp"
#include "vm/address_space.hpp"

namespace vmlab::linux_abi {

inline constexpr VirtAddr KERNEL_WINDOW{0xC0000000};
inline constexpr VirtAddr STACK_TOP{0xC0000000};
inline constexpr std::uint32_t STACK_LIMIT = 8U << 20;
/// What execve maps of the stack before the program runs.
inline constexpr std::uint32_t INITIAL_STACK = 132U << 10;
/// Of arguments and environment with their pointers: a quarter of what the stack may have, within bounds.
[[nodiscard]] std::uint64_t largest_string_area(const SpaceLimits& limits);
inline constexpr VirtAddr LOWEST_MAPPING{0x10000};
inline constexpr VirtAddr MMAP_TOP{0xB8000000};
/// Where a position-independent program goes that names an interpreter: ELF_ET_DYN_BASE of an i386 kernel.
inline constexpr VirtAddr PIE_BASE{0x00400000};
inline constexpr std::uint8_t SYSCALL_VECTOR = 0x80;

/// Kernel CS 0x60 and DS 0x68, user CS 0x73 and DS 0x7b, thread-local segments in slots 6 to 8 (%gs 0x33).
inline constexpr GdtLayout GDT{.kernel_code = 12, .kernel_data = 13, .user_code = 14, .user_data = 15, .first_tls = 6};

/// By how much each place is moved; 0 without a source of chance. Each call draws anew.
/// mmap's top downwards and a position-independent program upwards: 8 bits of pages, arch_mmap_rnd() with
/// CONFIG_ARCH_MMAP_RND_BITS as it is on i386 (arch/x86/mm/mmap.c, arch/x86/Kconfig).
[[nodiscard]] std::uint32_t random_mmap_bytes(RandomSource* random);
/// The heap upwards: pages below 32 MiB, arch_randomize_brk() (arch/x86/kernel/process.c).
[[nodiscard]] std::uint32_t random_heap_bytes(RandomSource* random);
/// The stack's top downwards: 11 bits of pages, STACK_RND_MASK (arch/x86/include/asm/elf.h), and up to a page more that
/// setup_arg_pages() takes by arch_align_stack().
[[nodiscard]] std::uint32_t random_stack_bytes(RandomSource* random);
/// Between the strings and the vectors: below 8 KiB, in steps of 16 bytes, arch_align_stack() (arch/x86/kernel/process.c).
[[nodiscard]] std::uint32_t random_gap_bytes(RandomSource* random);

}  // namespace vmlab::linux_abi
