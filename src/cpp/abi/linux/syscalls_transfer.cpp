// SPDX-License-Identifier: GPL-2.0-only
// Calls that move bytes: read and write with their kin, and sendfile.
#include <algorithm>
#include <vector>

#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/user_buffers.hpp"
#include "abi/linux/waiting.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t MOST_BYTES = 0x7FFFF000;  ///< that one call moves

/// Where in the file a transfer goes: at its position, or at a place of its own.
using Place = std::optional<std::uint64_t>;

FileCount read_file(OpenFile& file, ByteSink& to, std::uint32_t count, Place place) {
    return place ? file.read_at(to, count, *place) : file.read(to, count);
}

/// Whether a place of one's own means something there. Elsewhere: FMODE_PREAD (Linux).
bool has_places(const OpenFile& file) { return file.status().type != FileType::Pipe; }

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

SyscallResult read_pieces(Syscall& call, std::span<const UserPiece> pieces, std::uint32_t count, Place place) {
    const auto file = file_for(call, call.argument(0), Direction::Input, place);
    if (!file) {
        return file.error();
    }
    UserSink sink(call.memory, pieces);
    const FileCount read = read_file(*file.value(), sink, std::min(count, MOST_BYTES), place);
    return !read && read.error() == FileError::WouldBlock ? wait_for_file(call, *file.value(), Direction::Input)
                                                          : SyscallResult(read);
}

/// What a write ends with that has moved `done` bytes and cannot go on.
SyscallResult end_of_write(Syscall& call, const OpenFile& file, FileError why) {
    const std::uint32_t done = call.process.progress;
    if (why == FileError::WouldBlock) {
        const SyscallResult waited = wait_for_file(call, file, Direction::Output);
        if (is_over(call) && done > 0) {
            call.process.signals.interrupted.reset();  // what was moved is not moved again
            return done;
        }
        return waited;
    }
    if (why == FileError::BrokenPipe) {
        raise_signal(call.kernel, call.process,
                     {.signal = Signal::Pipe, .code = SignalCode::USER, .pid = call.process.pid()});
    }
    return done > 0 ? SyscallResult(done) : SyscallResult(why);
}

SyscallResult write_pieces(Syscall& call, std::span<const UserPiece> pieces, std::uint32_t count, Place place) {
    const auto file = file_for(call, call.argument(0), Direction::Output, place);
    if (!file) {
        return file.error();
    }
    count = std::min(count, MOST_BYTES);
    UserSource source(call.memory, pieces);
    if (place) {
        return file.value()->write_at(source, count, *place);
    }
    std::uint32_t& done = call.process.progress;
    source.skip(done);
    for (;;) {
        const FileCount written = file.value()->write(source, count - done);
        if (!written) {
            return end_of_write(call, *file.value(), written.error());
        }
        done += written.value();
        if (done == count || written.value() == 0) {
            return done;
        }
    }
}

struct PieceList {
    std::vector<UserPiece> pieces;
    std::uint32_t bytes = 0;  ///< in all of them, as far as one call moves
};

Result<PieceList, Errno> read_piece_list(Syscall& call) {
    constexpr std::uint32_t MOST_PIECES = 1024;
    if (call.argument(2) > MOST_PIECES) {
        return Failure(Errno::INVAL);
    }
    PieceList list{.pieces = std::vector<UserPiece>(call.argument(2))};
    if (call.memory.copy_in(call.pointer(1), std::as_writable_bytes(std::span(list.pieces))) == CopyResult::Fault) {
        return Failure(Errno::FAULT);
    }
    for (const UserPiece& piece : list.pieces) {
        if (static_cast<std::int32_t>(piece.bytes) < 0) {
            return Failure(Errno::INVAL);
        }
        list.bytes += std::min(piece.bytes, MOST_BYTES - list.bytes);
    }
    return list;
}

/// The one piece of read() and write(), or the list of readv() and writev().
enum class Pieces : std::uint8_t { One, List };

SyscallResult transfer(Syscall& call, Direction direction, Pieces pieces, Place place) {
    const auto file = file_for(call, call.argument(0), direction, place);
    if (!file) {
        return file.error();
    }
    const UserPiece one{call.argument(1), call.argument(2)};
    const auto list = pieces == Pieces::List ? read_piece_list(call)
                                             : Result<PieceList, Errno>(PieceList{.pieces = {one}, .bytes = one.bytes});
    if (!list) {
        return list.error();
    }
    const auto move = direction == Direction::Input ? read_pieces : write_pieces;
    return move(call, list.value().pieces, list.value().bytes, place);
}

}  // namespace

SyscallResult sys_read(Syscall& call) { return transfer(call, Direction::Input, Pieces::One, std::nullopt); }
SyscallResult sys_write(Syscall& call) { return transfer(call, Direction::Output, Pieces::One, std::nullopt); }
SyscallResult sys_readv(Syscall& call) { return transfer(call, Direction::Input, Pieces::List, std::nullopt); }
SyscallResult sys_writev(Syscall& call) { return transfer(call, Direction::Output, Pieces::List, std::nullopt); }

SyscallResult sys_pread64(Syscall& call) {
    return transfer(call, Direction::Input, Pieces::One, call.long_argument(3));
}
SyscallResult sys_pwrite64(Syscall& call) {
    return transfer(call, Direction::Output, Pieces::One, call.long_argument(3));
}
SyscallResult sys_preadv(Syscall& call) {
    return transfer(call, Direction::Input, Pieces::List, call.long_argument(3));
}
SyscallResult sys_pwritev(Syscall& call) {
    return transfer(call, Direction::Output, Pieces::List, call.long_argument(3));
}

namespace {

/// Hands what a file reads on to another that writes it; takes no more than that one took.
class FileSink : public ByteSink {
public:
    explicit FileSink(OpenFile& to) : to_(to) {}
    std::uint32_t put(std::span<const std::byte> bytes) override {
        class Source : public ByteSource {
        public:
            explicit Source(std::span<const std::byte> left) : left_(left) {}
            std::uint32_t get(std::span<std::byte> wanted) override {
                const std::size_t given = std::min(wanted.size(), left_.size());
                std::copy_n(left_.begin(), given, wanted.begin());
                left_ = left_.subspan(given);
                return static_cast<std::uint32_t>(given);
            }

        private:
            std::span<const std::byte> left_;
        } source(bytes);
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
