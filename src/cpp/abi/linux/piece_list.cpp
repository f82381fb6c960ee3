// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/piece_list.hpp"

#include <algorithm>

namespace vmlab::linux_abi {

Result<PieceList, Errno> read_piece_list(Syscall& call, VirtAddr address, std::uint32_t count) {
    if (count > MOST_PIECES) {
        return Failure(Errno::INVAL);
    }
    PieceList list{.pieces = std::vector<UserPiece>(count)};
    if (call.memory.copy_in(address, std::as_writable_bytes(std::span(list.pieces))) == CopyResult::Fault) {
        return Failure(Errno::FAULT);
    }
    for (UserPiece& piece : list.pieces) {
        if (static_cast<std::int32_t>(piece.bytes) < 0) {
            return Failure(Errno::INVAL);
        }
        piece.bytes = std::min(piece.bytes, MOST_BYTES - list.bytes);
        list.bytes += piece.bytes;
    }
    return list;
}

}  // namespace vmlab::linux_abi
