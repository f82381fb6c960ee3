// SPDX-License-Identifier: GPL-2.0-only
// copy_file_range: bytes from one file to another, or to another place of the same.
#include <algorithm>
#include <optional>
#include <span>

#include "abi/linux/syscall.hpp"
#include "kernel/files/kernel_buffers.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t MOST_BYTES = 0x7FFFF000;  ///< that one call moves

/// One side of a copy. Where in the file that is the program says in its memory; without, the file's position counts.
struct CopyEnd {
    OpenFile& file;
    VirtAddr place;
    std::uint64_t position = 0;
};

/// Fails: FAULT.
Result<Done, Errno> find_position(Syscall& call, CopyEnd& end) {
    if (end.place.value == 0) {
        const auto position = end.file.seek(0, SeekFrom::Current);
        end.position = position ? position.value() : 0;
        return Done{};
    }
    const auto position = call.memory.read<std::uint64_t>(end.place);
    if (!position) {
        return Failure(Errno::FAULT);
    }
    end.position = *position;
    return Done{};
}

/// After `bytes` of it were moved.
SyscallResult leave_position(Syscall& call, const CopyEnd& end, std::uint32_t bytes) {
    const std::uint64_t position = end.position + bytes;
    if (end.place.value != 0) {
        return call.memory.write(end.place, position);
    }
    const auto moved = end.file.seek(static_cast<std::int64_t>(position), SeekFrom::Start);
    return moved ? SyscallResult(0U) : SyscallResult(moved.error());
}

/// What memfd_create() made is no file of the filesystem, nor is what /proc makes.
bool are_on_one_filesystem(const OpenFile& one, const OpenFile& other) {
    const RegularFile* const first = as_regular_file(one.inode());
    const RegularFile* const second = as_regular_file(other.inode());
    return first != nullptr && second != nullptr && first->seals().has_value() == second->seals().has_value();
}

/// Why nothing can be copied; nothing when it can be.
std::optional<Errno> refuse_files(const OpenFile& from, const OpenFile& to) {
    const FileType from_type = from.status().type, to_type = to.status().type;
    if (from_type == FileType::Directory || to_type == FileType::Directory) {
        return Errno::ISDIR;
    }
    if (from_type != FileType::Regular || to_type != FileType::Regular) {
        return Errno::INVAL;
    }
    if (!from.readable() || !to.writable() || to.append() == AppendMode::Yes) {
        return Errno::BADF;
    }
    return are_on_one_filesystem(from, to) ? std::nullopt : std::optional(Errno::XDEV);
}

/// How many of the wanted bytes there are. Fails: OVERFLOWED, INVAL.
Result<std::uint32_t, Errno> count_bytes(const CopyEnd& from, const CopyEnd& to, std::uint32_t wanted) {
    if (from.position + wanted < from.position || to.position + wanted < to.position) {
        return Failure(Errno::OVERFLOWED);
    }
    const std::uint64_t size = from.file.object()->bytes();
    const std::uint64_t bytes = std::min<std::uint64_t>(wanted, size - std::min(size, from.position));
    const bool overlap = to.position + bytes > from.position && to.position < from.position + bytes;
    if ((overlap && from.file.inode() == to.file.inode()) || from.position >> 63 != 0 || to.position >> 63 != 0) {
        return Failure(Errno::INVAL);
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, MOST_BYTES));
}

/// Page by page. Fails where nothing could be copied.
FileCount copy(const CopyEnd& from, const CopyEnd& to, std::uint32_t bytes) {
    for (std::uint32_t done = 0; done < bytes;) {
        StringSink piece;
        const FileCount read = from.file.read_at(piece, std::min(bytes - done, PAGE_SIZE), from.position + done);
        SpanSource source(std::as_bytes(std::span(piece.content)));
        const FileCount written = read ? to.file.write_at(source, read.value(), to.position + done) : read;
        if (!written || written.value() == 0) {
            return done > 0 ? FileCount(done) : written;
        }
        done += written.value();
    }
    return bytes;
}

SyscallResult copy_between(Syscall& call, const CopyEnd& from, const CopyEnd& to) {
    if (const auto refused = refuse_files(from.file, to.file)) {
        return *refused;
    }
    const auto bytes = count_bytes(from, to, call.argument(4));
    if (!bytes) {
        return bytes.error();
    }
    const FileCount copied = copy(from, to, bytes.value());
    if (!copied) {
        return copied.error() == FileError::PastLimit ? refuse_large_file(call) : SyscallResult(copied);
    }
    if (copied.value() == 0) {
        return 0U;
    }
    const SyscallResult from_left = leave_position(call, from, copied.value());
    const SyscallResult to_left = leave_position(call, to, copied.value());
    return from_left.is_error() ? from_left : to_left.is_error() ? to_left : SyscallResult(copied);
}

}  // namespace

SyscallResult sys_copy_file_range(Syscall& call) {
    const auto from_file = call.process.files().get(call.argument(0));
    const auto to_file = call.process.files().get(call.argument(2));
    if (!from_file || !to_file) {
        return Errno::BADF;
    }
    CopyEnd from{.file = *from_file.value(), .place = call.pointer(1)};
    CopyEnd to{.file = *to_file.value(), .place = call.pointer(3)};
    if (!find_position(call, from) || !find_position(call, to)) {
        return Errno::FAULT;
    }
    return call.argument(5) != 0 ? SyscallResult(Errno::INVAL) : copy_between(call, from, to);
}

}  // namespace vmlab::linux_abi
