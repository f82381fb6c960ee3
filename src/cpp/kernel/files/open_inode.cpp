// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/open_inode.hpp"

#include <algorithm>
#include <array>

namespace vmlab {

FileCount OpenRegularFile::read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) {
    return file_->read_at(to, count, position);
}

FileCount OpenRegularFile::write_at(ByteSource& from, std::uint32_t count, std::uint64_t position) {
    const std::uint64_t place = write_place(position), limit = limit_();
    if (deny_write_ == DenyWrite::AtWrite && file_->executers() > 0) {
        return Failure(FileError::TextBusy);
    }
    if (count > 0 && place >= limit) {
        return Failure(FileError::PastLimit);
    }
    count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, limit - std::min(place, limit)));
    const FileCount done = file_->write_at(from, count, place);
    if (done && done.value() > 0) {
        file_->set_modified(clock_());
    }
    return done;
}

Result<Done, FileError> OpenRegularFile::resize(std::uint64_t bytes) {
    if (bytes > RegularFile::MAX_BYTES) {
        return Failure(FileError::TooBig);
    }
    if (!file_->may_have(bytes)) {
        return Failure(FileError::NotPermitted);
    }
    if (bytes > size() && bytes > limit_()) {
        return Failure(FileError::PastLimit);
    }
    file_->resize(bytes);
    file_->set_modified(clock_());
    return Done{};
}

FileCount OpenDevice::read(ByteSink& to, std::uint32_t count) {
    if (device_->kind() == DeviceKind::Missing) {
        return Failure(FileError::NoDevice);
    }
    if (device_->kind() == DeviceKind::Null) {
        return std::uint32_t{0};
    }
    const bool is_random = device_->kind() == DeviceKind::Random || device_->kind() == DeviceKind::UnlimitedRandom;
    std::array<std::byte, PAGE_SIZE> buffer{};
    std::uint32_t done = 0;
    while (done < count) {
        const std::uint32_t bytes = std::min(count - done, PAGE_SIZE);
        if (is_random) {
            random_(std::span(buffer).first(bytes));
        }
        const std::uint32_t taken = to.put(std::span(buffer).first(bytes));
        done += taken;
        if (taken < bytes) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
    }
    return done;
}

FileCount OpenDevice::write(ByteSource& from, std::uint32_t count) {
    if (device_->kind() == DeviceKind::Full || device_->kind() == DeviceKind::Missing) {
        return Failure(device_->kind() == DeviceKind::Full ? FileError::NoSpace : FileError::NoDevice);
    }
    const bool is_random = device_->kind() == DeviceKind::Random || device_->kind() == DeviceKind::UnlimitedRandom;
    if (!is_random) {
        return count;
    }
    // What is written to them is mixed in on Linux; here the seed alone decides, but the bytes must be there.
    std::array<std::byte, PAGE_SIZE> buffer;
    std::uint32_t done = 0;
    while (done < count) {
        const auto piece = std::span(buffer).first(std::min(count - done, PAGE_SIZE));
        const std::uint32_t given = from.get(piece);
        done += given;
        if (given < piece.size()) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
    }
    return done;
}

Result<std::optional<DirectoryEntry>, FileError> OpenDirectory::entry() const {
    if (directory_->parent() == nullptr) {
        return Failure(FileError::NotFound);
    }
    return directory_->entry_at(position());
}

FileCount OpenText::read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) {
    const auto start = static_cast<std::size_t>(std::min<std::uint64_t>(position, text_.size()));
    const auto bytes = static_cast<std::uint32_t>(std::min<std::size_t>(count, text_.size() - start));
    if (bytes == 0) {
        return bytes;
    }
    const std::uint32_t taken = to.put(std::as_bytes(std::span<const char>(text_).subspan(start, bytes)));
    return taken > 0 ? FileCount(taken) : FileCount(Failure(FileError::BadAddress));
}

}  // namespace vmlab
