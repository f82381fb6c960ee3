// SPDX-License-Identifier: GPL-2.0-only
// A list of pieces of user memory, as readv() and its kin are given one.
#pragma once

#include <vector>

#include "abi/linux/syscall.hpp"
#include "kernel/user_buffers.hpp"

namespace vmlab::linux_abi {

inline constexpr std::uint32_t MOST_PIECES = 1024;
inline constexpr std::uint32_t MOST_BYTES = 0x7FFFF000;  ///< that one call moves

/// A list of pieces that a call names, and how much they are together.
struct PieceList {
    std::vector<UserPiece> pieces;
    std::uint32_t bytes = 0;  ///< at most MOST_BYTES
};

/// Fails: INVAL, FAULT.
[[nodiscard]] Result<PieceList, Errno> read_piece_list(Syscall& call, VirtAddr address, std::uint32_t count);

}  // namespace vmlab::linux_abi
