// SPDX-License-Identifier: GPL-2.0-only
// Calls about what memory holds of a file: fadvise64, readahead, sync_file_range.
#include <algorithm>

#include "abi/linux/syscall.hpp"
#include "vm/file_pages.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint64_t LONGEST = ~std::uint64_t{0} >> 1;  ///< offset that there may be

/// The bytes from `start` to before `end`.
struct ByteSpan {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
};

/// Length 0 means up to the file's end, and so does one that leads beyond all offsets.
ByteSpan span_of(std::uint64_t start, std::uint64_t bytes) {
    return {start, bytes == 0 || bytes > LONGEST - start ? LONGEST : start + bytes};
}

std::uint64_t pages_up_to(std::uint64_t bytes) { return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT; }

/// All pages of which a part is there.
PageSpan pages_touched(const ByteSpan& bytes) { return {bytes.start >> PAGE_SHIFT, pages_up_to(bytes.end)}; }

/// The pages that are there as a whole, or up to the file's end.
PageSpan pages_filled(const ByteSpan& bytes, const VmObject& object) {
    const bool to_the_end = bytes.end >= object.bytes();
    return {pages_up_to(bytes.start), to_the_end ? object.size_pages() : bytes.end >> PAGE_SHIFT};
}

bool write_back(VmObject& object, const PageSpan& pages, IoMode mode) {
    const std::uint64_t end = std::min<std::uint64_t>(pages.end, object.size_pages());
    return pages.first >= end || object.write_back(PageIndex(static_cast<std::uint32_t>(pages.first)),
                                                   static_cast<std::uint32_t>(end - pages.first), mode);
}

/// The names that follow POSIX_FADV_. Which pages are read ahead is the profile's business, however a file is read.
enum : std::uint32_t { WILLNEED = 3, DONTNEED = 4, LAST_ADVICE = 5 };

SyscallResult advise(Syscall& call, std::uint64_t start, std::uint64_t bytes, std::uint32_t advice) {
    const OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    const FileType type = file->status().type;
    if (type == FileType::Pipe) {
        return Errno::SPIPE;
    }
    if (bytes > LONGEST || advice > LAST_ADVICE) {
        return Errno::INVAL;
    }
    const Ref<VmObject> object = type == FileType::Regular ? file->object() : nullptr;
    if (!object || start > LONGEST) {
        return 0U;
    }
    const ByteSpan span = span_of(start, bytes);
    if (advice == WILLNEED) {
        bring_in(*object, pages_touched(span));
    } else if (advice == DONTNEED) {
        static_cast<void>(write_back(*object, pages_touched(span), IoMode::Start));
        drop_clean(*object, pages_filled(span, *object));
    }
    return 0U;
}

}  // namespace

SyscallResult sys_fadvise64(Syscall& call) {
    return advise(call, call.long_argument(1), call.argument(3), call.argument(4));
}
SyscallResult sys_fadvise64_64(Syscall& call) {
    return advise(call, call.long_argument(1), call.long_argument(3), call.argument(5));
}

SyscallResult sys_readahead(Syscall& call) {
    const OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr || !file->readable()) {
        return Errno::BADF;
    }
    const Ref<VmObject> object = file->object();
    if (file->status().type != FileType::Regular || !object) {
        return Errno::INVAL;
    }
    const std::uint64_t start = call.long_argument(1);
    if (start <= LONGEST) {
        bring_in(*object, pages_touched(span_of(start, call.argument(3))));
    }
    return 0U;
}

SyscallResult sys_sync_file_range(Syscall& call) {
    constexpr std::uint32_t WAIT_BEFORE = 1, WRITE = 2, WAIT_AFTER = 4;
    const std::uint64_t start = call.long_argument(1), bytes = call.long_argument(3);
    const std::uint32_t flags = call.argument(5);
    const OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    if ((flags & ~(WAIT_BEFORE | WRITE | WAIT_AFTER)) != 0 || start > LONGEST || start + bytes > LONGEST ||
        start + bytes < start) {
        return Errno::INVAL;
    }
    const FileType type = file->status().type;
    if (type != FileType::Regular && type != FileType::Directory) {
        return Errno::SPIPE;
    }
    const Ref<VmObject> object = file->object();
    if (!object || flags == 0) {
        return 0U;
    }
    const IoMode mode = (flags & (WAIT_BEFORE | WAIT_AFTER)) != 0 ? IoMode::Wait : IoMode::Start;
    return write_back(*object, pages_touched(span_of(start, bytes)), mode) ? SyscallResult(0U)
                                                                           : SyscallResult(Errno::IO);
}

}  // namespace vmlab::linux_abi
