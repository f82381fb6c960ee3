// SPDX-License-Identifier: GPL-2.0-only
// Where an xv6 (x86) process has what, and how much of everything there is.
#pragma once

#include <cstdint>

#include "base/address.hpp"
#include "machine/descriptor.hpp"

namespace vmlab::xv6_abi {

/// The kernel's half begins here; all of RAM is mapped from here on, without U.
inline constexpr VirtAddr KERNBASE{0x80000000};
/// The end of the memory that xv6 uses: 57,344 frames.
inline constexpr std::uint64_t PHYSTOP = 0x0E000000;
inline constexpr std::uint8_t SYSCALL_VECTOR = 64;
/// Kernel CS 0x08 and DS 0x10, user CS 0x1b and DS 0x23; slots of the xv6 numbering end there.
inline constexpr GdtLayout GDT{.kernel_code = 1, .kernel_data = 2, .user_code = 3, .user_data = 4, .first_tls = 6};

inline constexpr std::uint32_t MOST_PROCESSES = 64;   ///< NPROC
inline constexpr std::uint32_t MOST_FILES = 16;       ///< NOFILE: open in one process
inline constexpr std::uint32_t MOST_OPEN = 100;       ///< NFILE: open in all
inline constexpr std::uint32_t MOST_ARGUMENTS = 32;   ///< MAXARG: the last of them is NULL
inline constexpr std::uint32_t LONGEST_NAME = 14;     ///< DIRSIZ
inline constexpr std::uint32_t LONGEST_PROGRAM = 15;  ///< of p->name without its NUL
inline constexpr std::uint32_t PIPE_BYTES = 512;      ///< PIPESIZE

inline constexpr std::uint32_t DIRECTORY_ENTRY_BYTES = 16;  ///< struct dirent
inline constexpr std::uint32_t BLOCK_BYTES = 512;           ///< BSIZE
inline constexpr std::uint32_t DIRECT_BLOCKS = 12;      ///< NDIRECT: those after them need one block more, of pointers
inline constexpr std::uint32_t MOST_FILE_BLOCKS = 140;  ///< MAXFILE
inline constexpr std::uint32_t LARGEST_FILE = MOST_FILE_BLOCKS * BLOCK_BYTES;
/// Of 200 inodes number 0 is none.
inline constexpr std::uint32_t INODES = 199;
/// Of 1000 blocks these hold no data: boot and super block, log (30), inodes (26), bitmap.
inline constexpr std::uint32_t DATA_BLOCKS = 1000 - (2 + 30 + 26 + 1);

/// Simulated time between two timer interrupts, of which there are a hundred a second.
inline constexpr std::uint64_t TICK = 10'000'000;

}  // namespace vmlab::xv6_abi
