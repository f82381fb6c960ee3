// SPDX-License-Identifier: GPL-2.0-only
// Calls that move bytes: read and write with their kin, and sendfile.
#include <algorithm>

#include "abi/linux/file_status.hpp"
#include "abi/linux/piece_list.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/terminal_control.hpp"
#include "abi/linux/waiting.hpp"
#include "kernel/files/kernel_buffers.hpp"

namespace vmlab::linux_abi {

namespace {

/// Where in the file a transfer goes: at its position, or at a place of its own.
using Place = std::optional<std::uint64_t>;

FileCount read_file(OpenFile& file, ByteSink& to, std::uint32_t count, Place place) {
    return place ? file.read_at(to, count, *place) : file.read(to, count);
}

/// Whether a place of one's own means something there. Elsewhere: FMODE_PREAD (Linux).
bool has_places(const OpenFile& file) { return !flows(file.status().type) && file.terminal() == nullptr; }

Result<Ref<OpenFile>, Errno> file_for(Syscall& call, std::uint32_t descriptor, Direction direction, Place place) {
    if (place && *place >> 63 != 0) {
        return Failure(Errno::INVAL);
    }
    auto file = call.process.files().get(descriptor);
    if (!file) {
        return Failure(Errno::BADF);
    }
    if (place && !has_places(*file.value())) {
        return Failure(Errno::SPIPE);
    }
    const bool allowed = direction == Direction::Input ? file.value()->readable() : file.value()->writable();
    return allowed ? Result<Ref<OpenFile>, Errno>(std::move(file).take()) : Failure(Errno::BADF);
}

/// The names that follow RWF_, of preadv2() and pwritev2(). Those that ask for haste, or that bytes are on the disk at once,
/// ask for nothing that there is of a file in memory.
struct TransferFlags {
    static constexpr std::uint32_t HIPRI = 1, DSYNC = 2, SYNC = 4, NOWAIT = 8, APPEND = 0x10, NOAPPEND = 0x20;
    static constexpr std::uint32_t NOSIGNAL = 0x100;
    static constexpr std::uint32_t KNOWN = HIPRI | DSYNC | SYNC | NOWAIT | APPEND | NOAPPEND | NOSIGNAL;
};

/// Where and how one call moves bytes.
struct Manner {
    Place place{};
    std::uint32_t flags = 0;
};

/// An open file that is for one call as the call's flags say.
class FlaggedFile {
public:
    FlaggedFile(OpenFile& file, std::uint32_t flags)
        : file_(file),
          append_(file.append()),
          mode_(file, (flags & TransferFlags::NOWAIT) != 0 ? BlockMode::Refuse : file.block_mode()) {
        if ((flags & (TransferFlags::APPEND | TransferFlags::NOAPPEND)) != 0) {
            file.set_append((flags & TransferFlags::APPEND) != 0 ? AppendMode::Yes : AppendMode::No);
        }
    }
    FlaggedFile(const FlaggedFile&) = delete;
    FlaggedFile& operator=(const FlaggedFile&) = delete;
    ~FlaggedFile() { file_.set_append(append_); }

private:
    OpenFile& file_;
    AppendMode append_;
    BlockModeForCall mode_;
};

/// Why a transfer cannot be as the flags say; nothing when it can. A file in memory does not know how not to wait.
std::optional<Errno> refuse_flags(const OpenFile& file, std::uint32_t flags) {
    constexpr std::uint32_t BOTH = TransferFlags::APPEND | TransferFlags::NOAPPEND;
    const bool made = file.inode() != nullptr && file.inode()->is_made();
    if ((flags & ~(made ? TransferFlags::HIPRI : TransferFlags::KNOWN)) != 0) {
        return Errno::OPNOTSUPP;
    }
    if ((flags & BOTH) == BOTH) {
        return Errno::INVAL;
    }
    const bool in_memory = as_regular_file(file.inode()) != nullptr;
    return (flags & TransferFlags::NOWAIT) != 0 && in_memory ? std::optional(Errno::OPNOTSUPP) : std::nullopt;
}

/// What one call moves bytes from or to.
struct UserPieces {
    std::span<const UserPiece> pieces;
    std::uint32_t bytes = 0;  ///< in all of them, as far as one call moves
};

SyscallResult read_pieces(Syscall& call, OpenFile& file, UserPieces to, Place place) {
    UserSink sink(call.memory, to.pieces);
    const FileCount read = read_file(file, sink, to.bytes, place);
    return !read && read.error() == FileError::WouldBlock ? wait_for_file(call, file, Direction::Input)
                                                          : SyscallResult(read);
}

/// What a write ends with that has moved `done` bytes and cannot go on.
SyscallResult end_of_write(Syscall& call, const OpenFile& file, FileError why, std::uint32_t flags = 0) {
    const std::uint32_t done = call.process.progress;
    if (why == FileError::WouldBlock) {
        return wait_to_move(call, file, Direction::Output, file.wait_channel(Direction::Output));
    }
    const bool partly_sent = done > 0 && file.status().type == FileType::Socket;
    if (why == FileError::BrokenPipe && (flags & TransferFlags::NOSIGNAL) == 0 && !partly_sent) {
        raise_broken_pipe(call);
    }
    const SyscallResult failed = why == FileError::PastLimit ? refuse_large_file(call) : SyscallResult(why);
    return done > 0 ? SyscallResult(done) : failed;
}

SyscallResult write_pieces(Syscall& call, OpenFile& file, UserPieces from, const Manner& manner) {
    UserSource source(call.memory, from.pieces);
    if (manner.place) {
        const FileCount written = file.write_at(source, from.bytes, *manner.place);
        return written ? SyscallResult(written) : end_of_write(call, file, written.error(), manner.flags);
    }
    std::uint32_t& done = call.process.progress;
    source.skip(done);
    for (;;) {
        const FileCount written = file.write(source, from.bytes - done);
        if (!written) {
            return end_of_write(call, file, written.error(), manner.flags);
        }
        done += written.value();
        // What nobody can wait for takes no more now than before.
        if (done == from.bytes || written.value() == 0 || !file.wait_channel(Direction::Output)) {
            return done;
        }
    }
}

SyscallResult move_pieces(Syscall& call, OpenFile& file, Direction direction, UserPieces all, const Manner& manner) {
    if (const auto refused = all.bytes > 0 ? refuse_flags(file, manner.flags) : std::nullopt) {
        return *refused;
    }
    const FlaggedFile flagged(file, manner.flags);
    return direction == Direction::Input ? read_pieces(call, file, all, manner.place)
                                         : write_pieces(call, file, all, manner);
}

/// The one piece of read() and write(), or the list of readv() and writev().
enum class Pieces : std::uint8_t { One, List };

SyscallResult transfer(Syscall& call, Direction direction, Pieces pieces, const Manner& manner) {
    const auto file = file_for(call, call.argument(0), direction, manner.place);
    if (!file) {
        return file.error();
    }
    if (auto kept = keep_from_terminal(call, *file.value(), direction)) {
        return *kept;
    }
    if (pieces == Pieces::One) {
        const UserPiece one{call.argument(1), call.argument(2)};
        const UserPieces all{.pieces = std::span(&one, 1), .bytes = std::min(one.bytes, MOST_BYTES)};
        return move_pieces(call, *file.value(), direction, all, manner);
    }
    const auto list = read_piece_list(call, call.pointer(1), call.argument(2));
    if (!list || list.value().bytes == 0) {
        return list ? SyscallResult(0U) : SyscallResult(list.error());
    }
    return move_pieces(call, *file.value(), direction, {list.value().pieces, list.value().bytes}, manner);
}

/// With flags, the place before the first byte means the file's position.
SyscallResult transfer_with_flags(Syscall& call, Direction direction) {
    constexpr std::uint64_t AT_POSITION = ~std::uint64_t{0};
    const std::uint64_t place = call.long_argument(3);
    return transfer(call, direction, Pieces::List,
                    {.place = place == AT_POSITION ? Place() : Place(place), .flags = call.argument(5)});
}

}  // namespace

SyscallResult sys_read(Syscall& call) { return transfer(call, Direction::Input, Pieces::One, {}); }
SyscallResult sys_write(Syscall& call) { return transfer(call, Direction::Output, Pieces::One, {}); }
SyscallResult sys_readv(Syscall& call) { return transfer(call, Direction::Input, Pieces::List, {}); }
SyscallResult sys_writev(Syscall& call) { return transfer(call, Direction::Output, Pieces::List, {}); }

SyscallResult sys_pread64(Syscall& call) {
    return transfer(call, Direction::Input, Pieces::One, {.place = call.long_argument(3)});
}
SyscallResult sys_pwrite64(Syscall& call) {
    return transfer(call, Direction::Output, Pieces::One, {.place = call.long_argument(3)});
}
SyscallResult sys_preadv(Syscall& call) {
    return transfer(call, Direction::Input, Pieces::List, {.place = call.long_argument(3)});
}
SyscallResult sys_pwritev(Syscall& call) {
    return transfer(call, Direction::Output, Pieces::List, {.place = call.long_argument(3)});
}
SyscallResult sys_preadv2(Syscall& call) { return transfer_with_flags(call, Direction::Input); }
SyscallResult sys_pwritev2(Syscall& call) { return transfer_with_flags(call, Direction::Output); }

namespace {

/// Hands what a file reads on to another that writes it; takes no more than that one took.
class FileSink : public ByteSink {
public:
    explicit FileSink(OpenFile& to) : to_(to) {}
    std::uint32_t put(std::span<const std::byte> bytes) override {
        SpanSource source(bytes);
        const FileCount written = to_.write(source, static_cast<std::uint32_t>(bytes.size()));
        if (!written) {
            error_ = written.error();
        }
        return written ? written.value() : 0;
    }
    /// Why the last piece was not taken.
    [[nodiscard]] std::optional<FileError> error() const { return error_; }

private:
    OpenFile& to_;
    std::optional<FileError> error_;
};

/// Moves on until all is moved, the input ends, or the output takes no more: then the caller may have to wait.
SyscallResult send(Syscall& call, OpenFile& from, OpenFile& to, Place place) {
    std::uint32_t& done = call.process.progress;
    const std::uint32_t wanted = std::min(call.argument(3), MOST_BYTES);
    for (;;) {
        FileSink sink(to);
        const Place at = place ? Place(*place + done) : place;
        const FileCount moved = read_file(from, sink, wanted - done, at);
        done += moved ? moved.value() : 0;
        if (sink.error()) {
            return end_of_write(call, to, *sink.error());
        }
        if (!moved) {
            return done > 0 ? SyscallResult(done) : SyscallResult(moved.error());
        }
        if (done == wanted || moved.value() == 0) {
            return done;
        }
    }
}

template <typename Offset>
SyscallResult send_file(Syscall& call) {
    const auto from = file_for(call, call.argument(1), Direction::Input, std::nullopt);
    const auto to = file_for(call, call.argument(0), Direction::Output, std::nullopt);
    if (!from || !to) {
        return Errno::BADF;
    }
    if (!from.value()->object() || to.value()->append() == AppendMode::Yes) {
        return Errno::INVAL;
    }
    if (call.argument(2) == 0) {
        return send(call, *from.value(), *to.value(), std::nullopt);
    }
    const auto offset = call.memory.read<Offset>(call.pointer(2));
    if (!offset) {
        return Errno::FAULT;
    }
    if (*offset < 0) {
        return Errno::INVAL;
    }
    const SyscallResult sent = send(call, *from.value(), *to.value(), static_cast<std::uint64_t>(*offset));
    if (is_over(call) && static_cast<std::int32_t>(sent.eax) >= 0 &&
        call.memory.write(call.pointer(2), static_cast<Offset>(*offset + sent.eax)) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return sent;
}

}  // namespace

SyscallResult sys_sendfile(Syscall& call) { return send_file<std::int32_t>(call); }
SyscallResult sys_sendfile64(Syscall& call) { return send_file<std::int64_t>(call); }

}  // namespace vmlab::linux_abi
