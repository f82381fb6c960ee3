// SPDX-License-Identifier: GPL-2.0-only
// Calls on open files: seeking, cutting, asking, and what a directory lists.
#include <algorithm>
#include <vector>

#include "abi/linux/file_status.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

Result<std::uint64_t, Errno> seek(Syscall& call, std::int64_t offset, std::uint32_t whence) {
    OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr) {
        return Failure(Errno::BADF);
    }
    if (whence > static_cast<std::uint32_t>(SeekFrom::Hole)) {
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
    const auto resized = file->resize(bytes);
    return !resized && resized.error() == FileError::PastLimit ? refuse_large_file(call) : SyscallResult(resized);
}

SyscallResult tell_status(Syscall& call, StatLayout layout) {
    const OpenFile* const file = call.process.files().find_any(call.argument(0));
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

enum class EntryLayout : std::uint8_t { Old, Wide };

/// struct linux_dirent64, padded to 8 bytes; or struct linux_dirent, padded to 4, whose last byte is the type.
std::vector<std::byte> encode_entry(const DirectoryEntry& entry, EntryLayout layout) {
    const bool wide = layout == EntryLayout::Wide;
    const std::size_t header = wide ? 19 : 10, end = wide ? 1 : 2, unit = wide ? 8 : 4;
    std::vector<std::byte> bytes((header + entry.name.size() + end + unit - 1) / unit * unit);
    const auto put = [&bytes](std::size_t offset, const auto& value) {
        const auto raw = std::as_bytes(std::span(&value, 1));
        std::copy(raw.begin(), raw.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    };
    const auto length = static_cast<std::uint16_t>(bytes.size());
    const auto type = static_cast<std::uint8_t>(type_bits(entry.type) >> 12);
    if (wide) {
        put(0, entry.inode);
        put(8, entry.next_position);
        put(16, length);
        put(18, type);
    } else {
        put(0, static_cast<std::uint32_t>(entry.inode));
        put(4, static_cast<std::uint32_t>(entry.next_position));
        put(8, length);
        put(bytes.size() - 1, type);
    }
    const auto name = std::as_bytes(std::span(entry.name));
    std::copy(name.begin(), name.end(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
    return bytes;
}

SyscallResult list_directory(Syscall& call, EntryLayout layout) {
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
        const auto bytes = encode_entry(*entry.value(), layout);
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

}  // namespace

SyscallResult sys_getdents(Syscall& call) { return list_directory(call, EntryLayout::Old); }
SyscallResult sys_getdents64(Syscall& call) { return list_directory(call, EntryLayout::Wide); }

}  // namespace vmlab::linux_abi
