// SPDX-License-Identifier: GPL-2.0-only
// What read() and write() do with the pages of an object.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "kernel/files/open_file.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

/// The bytes from `position` on, as many as are wanted and there are.
[[nodiscard]] FileCount read_object(VmObject& object, ByteSink& to, std::uint32_t count, std::uint64_t position);

/// Puts bytes into the page that they belong to, which is the caller's to mark dirty. Fails: NoMemory, InputOutput.
/// Requires: they lie in one page, and within the object.
[[nodiscard]] Result<Page*, FileError> write_in_page(VmObject& object, std::uint64_t position,
                                                     std::span<const std::byte> bytes);

/// Takes `count` bytes from a source and hands them on in pieces that each lie in one page: write(position, piece).
/// They go through a buffer: what copies from user memory may itself need frames, and the object's page with them.
template <typename Write>
[[nodiscard]] FileCount write_by_pages(ByteSource& from, std::uint32_t count, std::uint64_t position,
                                       const Write& write) {
    std::array<std::byte, PAGE_SIZE> buffer;
    std::uint32_t done = 0;
    while (done < count) {
        const auto room = static_cast<std::uint32_t>(PAGE_SIZE - position % PAGE_SIZE);
        const std::uint32_t bytes = std::min(count - done, room);
        const std::uint32_t given = from.get(std::span(buffer).first(bytes));
        if (given == 0) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
        const auto written = write(position, std::span<const std::byte>(buffer).first(given));
        if (!written) {
            return done > 0 ? FileCount(done) : FileCount(Failure(written.error()));
        }
        done += given;
        position += given;
        if (given < bytes) {
            break;
        }
    }
    return done;
}

}  // namespace vmlab
