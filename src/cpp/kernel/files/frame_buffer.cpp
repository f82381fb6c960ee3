// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/frame_buffer.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace vmlab {

namespace {

/// The part of a transfer that lies in one page.
std::uint32_t piece_at(std::uint64_t position, std::uint32_t count, std::uint64_t bytes) {
    const std::uint64_t rest = std::min<std::uint64_t>(count, bytes - position);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(rest, PAGE_SIZE - position % PAGE_SIZE));
}

PageIndex page_at(std::uint64_t position) { return PageIndex(static_cast<std::uint32_t>(position >> PAGE_SHIFT)); }

}  // namespace

FileCount OpenFrameBuffer::read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) {
    const VmObject& object = *buffer_->object();
    std::array<std::byte, PAGE_SIZE> page;
    std::uint32_t done = 0;
    while (done < count && position < object.bytes()) {
        const std::uint32_t bytes = piece_at(position, count - done, object.bytes());
        object.peek(page_at(position), page);
        const std::uint32_t taken = to.put(std::span(page).subspan(position % PAGE_SIZE, bytes));
        done += taken;
        position += taken;
        if (taken < bytes) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
    }
    return done;
}

FileCount OpenFrameBuffer::write_at(ByteSource& from, std::uint32_t count, std::uint64_t position) {
    VmObject& object = *buffer_->object();
    if (count > 0 && position >= object.bytes()) {
        return Failure(FileError::TooBig);
    }
    std::array<std::byte, PAGE_SIZE> buffer;
    std::uint32_t done = 0;
    while (done < count && position < object.bytes()) {
        const std::uint32_t bytes = piece_at(position, count - done, object.bytes());
        const std::uint32_t given = from.get(std::span(buffer).first(bytes));
        const auto obtained = object.obtain_page(page_at(position));
        if (given == 0 || obtained.page == nullptr) {
            const FileError why = given == 0 ? FileError::BadAddress : FileError::InputOutput;
            return done > 0 ? FileCount(done) : FileCount(Failure(why));
        }
        const auto frame = object.vm().memory().writable_frame(obtained.page->frame());
        std::memcpy(frame.data() + position % PAGE_SIZE, buffer.data(), given);
        done += given;
        position += given;
        if (given < bytes) {
            break;
        }
    }
    return done;
}

}  // namespace vmlab
