// SPDX-License-Identifier: GPL-2.0-only
// Calls on open files: reading, writing, seeking, cutting, and what a directory lists.
#include <algorithm>
#include <vector>

#include "abi/linux/file_status.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/user_buffers.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t MOST_BYTES = 0x7FFFF000;  ///< that one call moves

/// Where in the file a transfer goes: at its position, or at a place of its own.
using Place = std::optional<std::uint64_t>;

FileCount read_file(OpenFile& file, ByteSink& to, std::uint32_t count, Place place) {
    return place ? file.read_at(to, count, *place) : file.read(to, count);
}

FileCount write_file(OpenFile& file, ByteSource& from, std::uint32_t count, Place place) {
    return place ? file.write_at(from, count, *place) : file.write(from, count);
}

OpenFile* find_readable(Syscall& call, std::uint32_t descriptor) {
    OpenFile* const file = call.process.files().find(descriptor);
    return file != nullptr && file->readable() ? file : nullptr;
}

OpenFile* find_writable(Syscall& call, std::uint32_t descriptor) {
    OpenFile* const file = call.process.files().find(descriptor);
    return file != nullptr && file->writable() ? file : nullptr;
}

SyscallResult read_pieces(Syscall& call, std::span<const UserPiece> pieces, std::uint32_t count, Place place) {
    OpenFile* const file = find_readable(call, call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    UserSink sink(call.memory, pieces);
    return read_file(*file, sink, std::min(count, MOST_BYTES), place);
}

SyscallResult write_pieces(Syscall& call, std::span<const UserPiece> pieces, std::uint32_t count, Place place) {
    OpenFile* const file = find_writable(call, call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    UserSource source(call.memory, pieces);
    return write_file(*file, source, std::min(count, MOST_BYTES), place);
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

}  // namespace

SyscallResult sys_read(Syscall& call) {
    const UserPiece piece{call.argument(1), call.argument(2)};
    return read_pieces(call, {&piece, 1}, piece.bytes, std::nullopt);
}

SyscallResult sys_write(Syscall& call) {
    const UserPiece piece{call.argument(1), call.argument(2)};
    return write_pieces(call, {&piece, 1}, piece.bytes, std::nullopt);
}

SyscallResult sys_pread64(Syscall& call) {
    const UserPiece piece{call.argument(1), call.argument(2)};
    if (call.long_argument(3) >> 63 != 0) {
        return Errno::INVAL;
    }
    return read_pieces(call, {&piece, 1}, piece.bytes, call.long_argument(3));
}

SyscallResult sys_pwrite64(Syscall& call) {
    const UserPiece piece{call.argument(1), call.argument(2)};
    if (call.long_argument(3) >> 63 != 0) {
        return Errno::INVAL;
    }
    return write_pieces(call, {&piece, 1}, piece.bytes, call.long_argument(3));
}

SyscallResult sys_readv(Syscall& call) {
    if (find_readable(call, call.argument(0)) == nullptr) {
        return Errno::BADF;
    }
    const auto list = read_piece_list(call);
    return list ? read_pieces(call, list.value().pieces, list.value().bytes, std::nullopt)
                : SyscallResult(list.error());
}

SyscallResult sys_writev(Syscall& call) {
    if (find_writable(call, call.argument(0)) == nullptr) {
        return Errno::BADF;
    }
    const auto list = read_piece_list(call);
    return list ? write_pieces(call, list.value().pieces, list.value().bytes, std::nullopt)
                : SyscallResult(list.error());
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
    [[nodiscard]] std::optional<FileError> error() const { return error_; }

private:
    OpenFile& to_;
    std::optional<FileError> error_;
};

}  // namespace

SyscallResult sys_sendfile64(Syscall& call) {
    OpenFile* const from = find_readable(call, call.argument(1));
    OpenFile* const to = find_writable(call, call.argument(0));
    if (from == nullptr || to == nullptr) {
        return Errno::BADF;
    }
    if (!from->object() || to->append() == AppendMode::Yes) {
        return Errno::INVAL;
    }
    Place place;
    if (call.argument(2) != 0) {
        place = call.memory.read<std::uint64_t>(call.pointer(2));
        if (!place) {
            return Errno::FAULT;
        }
        if (*place >> 63 != 0) {
            return Errno::INVAL;
        }
    }
    FileSink sink(*to);
    const FileCount moved = read_file(*from, sink, std::min(call.argument(3), MOST_BYTES), place);
    if (!moved) {
        return sink.error().value_or(moved.error());
    }
    if (place && call.memory.write(call.pointer(2), *place + moved.value()) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return moved.value();
}

namespace {

Result<std::uint64_t, Errno> seek(Syscall& call, std::int64_t offset, std::uint32_t whence) {
    OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr) {
        return Failure(Errno::BADF);
    }
    if (whence > 2) {
        return Failure(Errno::INVAL);
    }
    const auto position = file->seek(offset, static_cast<SeekFrom>(whence));
    return position ? Result<std::uint64_t, Errno>(position.value()) : Failure(errno_of(position.error()));
}

}  // namespace

SyscallResult sys_lseek(Syscall& call) {
    const auto position = seek(call, static_cast<std::int32_t>(call.argument(1)), call.argument(2));
    if (!position) {
        return position.error();
    }
    return position.value() >> 31 != 0 ? SyscallResult(Errno::OVERFLOWED)
                                       : SyscallResult(static_cast<std::uint32_t>(position.value()));
}

SyscallResult sys_llseek(Syscall& call) {
    const std::uint64_t offset = (std::uint64_t{call.argument(1)} << 32) | call.argument(2);
    const auto position = seek(call, static_cast<std::int64_t>(offset), call.argument(4));
    return position ? SyscallResult(call.memory.write(call.pointer(3), position.value()))
                    : SyscallResult(position.error());
}

namespace {

SyscallResult resize(Syscall& call, std::uint64_t bytes) {
    OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    if (bytes >> 63 != 0 || !file->writable()) {
        return Errno::INVAL;
    }
    return file->resize(bytes);
}

SyscallResult tell_status(Syscall& call, StatLayout layout) {
    const OpenFile* const file = call.process.files().find(call.argument(0));
    return file != nullptr ? write_status(call.memory, call.pointer(1), file->status(), layout)
                           : SyscallResult(Errno::BADF);
}

}  // namespace

SyscallResult sys_ftruncate(Syscall& call) {
    return resize(call, static_cast<std::uint64_t>(static_cast<std::int32_t>(call.argument(1))));
}
SyscallResult sys_ftruncate64(Syscall& call) { return resize(call, call.long_argument(1)); }
SyscallResult sys_fstat(Syscall& call) { return tell_status(call, StatLayout::Old); }
SyscallResult sys_fstat64(Syscall& call) { return tell_status(call, StatLayout::Stat64); }

namespace {

/// struct linux_dirent64 with its name and NUL, padded to 8 bytes.
std::vector<std::byte> encode_entry(const DirectoryEntry& entry) {
    constexpr std::size_t HEADER = 19;
    std::vector<std::byte> bytes((HEADER + entry.name.size() + 1 + 7) / 8 * 8);
    const auto put = [&bytes](std::size_t offset, const auto& value) {
        const auto raw = std::as_bytes(std::span(&value, 1));
        std::copy(raw.begin(), raw.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    };
    put(0, entry.inode);
    put(8, entry.next_position);
    put(16, static_cast<std::uint16_t>(bytes.size()));
    put(18, static_cast<std::uint8_t>(type_bits(entry.type) >> 12));
    const auto name = std::as_bytes(std::span(entry.name));
    std::copy(name.begin(), name.end(), bytes.begin() + HEADER);
    return bytes;
}

}  // namespace

SyscallResult sys_getdents64(Syscall& call) {
    OpenFile* const directory = call.process.files().find(call.argument(0));
    if (directory == nullptr) {
        return Errno::BADF;
    }
    std::uint32_t done = 0;
    while (true) {
        const auto entry = directory->entry();
        if (!entry) {
            return entry.error();
        }
        if (!entry.value()) {
            return done;
        }
        const auto bytes = encode_entry(*entry.value());
        if (bytes.size() > call.argument(2) - done) {
            return done > 0 ? SyscallResult(done) : SyscallResult(Errno::INVAL);
        }
        if (call.memory.copy_out(call.pointer(1) + done, bytes) == CopyResult::Fault) {
            return done > 0 ? SyscallResult(done) : SyscallResult(Errno::FAULT);
        }
        done += static_cast<std::uint32_t>(bytes.size());
        const auto moved = directory->seek(static_cast<std::int64_t>(entry.value()->next_position), SeekFrom::Start);
        require(moved.ok(), "a directory can be read on from where an entry says");
    }
}

}  // namespace vmlab::linux_abi
