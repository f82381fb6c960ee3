// SPDX-License-Identifier: GPL-2.0-only
// process_vm_readv and process_vm_writev: another process's memory.
#include <algorithm>

#include "abi/linux/piece_list.hpp"

namespace vmlab::linux_abi {

namespace {

/// Moves the bytes of one page of the other's: how many went.
class Mover {
public:
    Mover(Syscall& call, Process& other, const PieceList& own, Direction direction)
        : call_(call),
          other_(other),
          sink_(call.memory, own.pieces),
          source_(call.memory, own.pieces),
          direction_(direction) {}

    std::uint32_t move(VirtAddr theirs, std::uint32_t bytes) {
        std::array<std::byte, PAGE_SIZE> buffer;
        const auto piece = std::span(buffer).first(bytes);
        if (direction_ == Direction::Input) {
            bool read = false;
            call_.kernel.in_memory_of(other_,
                                      [&] { read = UserMemory(other_).copy_in(theirs, piece) == CopyResult::Ok; });
            return read ? sink_.put(piece) : 0;
        }
        const std::uint32_t given = source_.get(piece);
        return call_.kernel.write_as(other_, theirs, piece.first(given)) ? given : 0;
    }

private:
    Syscall& call_;
    Process& other_;
    UserSink sink_;
    UserSource source_;
    Direction direction_;
};

SyscallResult move_all(Syscall& call, Process& other, const PieceList& own, const PieceList& theirs,
                       Direction direction) {
    Mover mover(call, other, own, direction);
    std::uint64_t left = std::min(own.bytes, theirs.bytes);
    std::uint32_t done = 0;
    for (const UserPiece& piece : theirs.pieces) {
        for (std::uint32_t in_piece = 0; in_piece < piece.bytes && left > 0;) {
            const VirtAddr at(piece.address + in_piece);
            const std::uint64_t rest = std::min<std::uint64_t>(left, piece.bytes - in_piece);
            const auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(rest, PAGE_SIZE - at.offset()));
            const std::uint32_t moved = mover.move(at, bytes);
            done += moved;
            if (moved < bytes) {
                return done > 0 ? SyscallResult(done) : SyscallResult(Errno::FAULT);
            }
            in_piece += moved;
            left -= moved;
        }
    }
    return done;
}

SyscallResult move_memory(Syscall& call, Direction direction) {
    if (call.argument(5) != 0) {
        return Errno::INVAL;
    }
    const auto own = read_piece_list(call, call.pointer(1), call.argument(2));
    if (!own) {
        return own.error();
    }
    if (own.value().bytes == 0) {
        return 0U;
    }
    const auto theirs = read_piece_list(call, call.pointer(3), call.argument(4));
    if (!theirs) {
        return theirs.error();
    }
    if (theirs.value().bytes == 0) {
        return 0U;
    }
    Process* const other = call.kernel.find_process(call.argument(0));
    if (other == nullptr || !other->alive()) {
        return Errno::SRCH;
    }
    return move_all(call, *other, own.value(), theirs.value(), direction);
}

}  // namespace

SyscallResult sys_process_vm_readv(Syscall& call) { return move_memory(call, Direction::Input); }
SyscallResult sys_process_vm_writev(Syscall& call) { return move_memory(call, Direction::Output); }

}  // namespace vmlab::linux_abi
