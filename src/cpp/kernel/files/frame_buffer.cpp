// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/frame_buffer.hpp"

#include "kernel/files/object_pages.hpp"

namespace vmlab {

FileCount OpenFrameBuffer::read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) {
    return read_object(*buffer_->object(), to, count, position);
}

FileCount OpenFrameBuffer::write_at(ByteSource& from, std::uint32_t count, std::uint64_t position) {
    VmObject& object = *buffer_->object();
    if (count > 0 && position >= object.bytes()) {
        return Failure(FileError::TooBig);
    }
    count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(count, object.bytes() - std::min(position, object.bytes())));
    return write_by_pages(from, count, position, [&object](std::uint64_t at, std::span<const std::byte> piece) {
        return write_in_page(object, at, piece);
    });
}

}  // namespace vmlab
