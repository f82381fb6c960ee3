// SPDX-License-Identifier: GPL-2.0-only
// fallocate: a file's length without a write, holes, and zeros.
#include <optional>

#include "abi/linux/syscall.hpp"
#include "vm/file_pages.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow FALLOC_FL_. What moves bytes from place to place, this filesystem cannot do.
enum : std::uint32_t { KEEP_SIZE = 1, PUNCH_HOLE = 2, ZERO_RANGE = 0x10 };

bool is_supported(std::uint32_t mode) {
    const std::uint32_t action = mode & ~KEEP_SIZE;
    return action == 0 || action == ZERO_RANGE || mode == (PUNCH_HOLE | KEEP_SIZE);
}

/// Why the file is none whose room can be changed; nothing when it is one.
std::optional<Errno> refuse_file(const OpenFile& file) {
    if (!file.writable()) {
        return Errno::BADF;
    }
    const FileType type = file.status().type;
    if (type != FileType::Regular) {
        return type == FileType::Pipe ? Errno::SPIPE : Errno::NODEV;
    }
    return as_regular_file(file.inode()) == nullptr ? std::optional(Errno::OPNOTSUPP) : std::nullopt;
}

/// Room is had when it is written to; here only the length changes, and bytes that are to be zeros.
SyscallResult allocate(Syscall& call, RegularFile& file, std::uint32_t mode, std::uint64_t start, std::uint64_t end) {
    const std::uint64_t size = file.object()->bytes();
    const bool clears = (mode & ~KEEP_SIZE) != 0, grows = end > size;
    if ((clears && file.is_sealed(FileSeals::WRITE | FileSeals::FUTURE_WRITE)) ||
        (grows && (mode & PUNCH_HOLE) == 0 && file.is_sealed(FileSeals::GROW))) {
        return Errno::PERM;
    }
    if (grows && (mode & KEEP_SIZE) == 0) {
        if (end > call.process.limits()[Resource::FileSize].current) {
            return refuse_large_file(call);
        }
        file.resize(end);
    }
    if (clears && !clear_bytes(*file.object(), start, end)) {
        return Errno::NOMEM;
    }
    file.set_modified(call.kernel.now());
    return 0U;
}

}  // namespace

SyscallResult sys_fallocate(Syscall& call) {
    const OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    const std::uint32_t mode = call.argument(1);
    const std::uint64_t start = call.long_argument(2), bytes = call.long_argument(4);
    if (start >> 63 != 0 || bytes >> 63 != 0 || bytes == 0) {
        return Errno::INVAL;
    }
    if (!is_supported(mode)) {
        return Errno::OPNOTSUPP;
    }
    if (const auto refused = refuse_file(*file)) {
        return *refused;
    }
    if (start + bytes > RegularFile::MAX_BYTES) {
        return Errno::FBIG;
    }
    return allocate(call, *as_regular_file(file->inode()), mode, start, start + bytes);
}

}  // namespace vmlab::linux_abi
