// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/object_pages.hpp"

#include <cstring>

namespace vmlab {

namespace {

PageIndex page_at(std::uint64_t position) { return PageIndex(static_cast<std::uint32_t>(position >> PAGE_SHIFT)); }

FileError error_of(FaultResult why) {
    return why == FaultResult::OutOfMemory ? FileError::NoMemory : FileError::InputOutput;
}

}  // namespace

// The bytes go through a buffer: what copies to user memory may itself need frames, and the object's page with them.
FileCount read_object(VmObject& object, ByteSink& to, std::uint32_t count, std::uint64_t position) {
    std::array<std::byte, PAGE_SIZE> buffer;
    std::uint32_t done = 0;
    while (done < count && position < object.bytes()) {
        const auto offset = static_cast<std::uint32_t>(position % PAGE_SIZE);
        const std::uint64_t rest = std::min<std::uint64_t>(count - done, object.bytes() - position);
        const auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(PAGE_SIZE - offset, rest));
        const auto obtained = object.obtain_page(page_at(position));
        if (obtained.page == nullptr) {
            return done > 0 ? FileCount(done) : FileCount(Failure(error_of(obtained.result)));
        }
        const auto frame = object.vm().memory().frame(obtained.page->frame());
        std::memcpy(buffer.data(), frame.data() + offset, bytes);
        const std::uint32_t taken = to.put(std::span(buffer).first(bytes));
        done += taken;
        position += taken;
        if (taken < bytes) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
    }
    return done;
}

Result<Page*, FileError> write_in_page(VmObject& object, std::uint64_t position, std::span<const std::byte> bytes) {
    const auto obtained = object.obtain_page(page_at(position));
    if (obtained.page == nullptr) {
        return Failure(error_of(obtained.result));
    }
    const auto frame = object.vm().memory().writable_frame(obtained.page->frame());
    std::memcpy(frame.data() + position % PAGE_SIZE, bytes.data(), bytes.size());
    return obtained.page;
}

}  // namespace vmlab
