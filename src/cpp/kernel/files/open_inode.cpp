// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/open_inode.hpp"

#include <algorithm>
#include <array>

namespace vmlab {

FileCount OpenRegularFile::read(ByteSink& to, std::uint32_t count) {
    const FileCount done = file_->read_at(to, count, position_);
    position_ += done ? done.value() : 0;
    return done;
}

FileCount OpenRegularFile::write(ByteSource& from, std::uint32_t count) {
    const std::uint64_t start = append() == AppendMode::Yes ? file_->object()->bytes() : position_;
    const FileCount done = write_at(from, count, start);
    if (done) {
        position_ = start + done.value();
    }
    return done;
}

FileCount OpenRegularFile::read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) {
    return file_->read_at(to, count, position);
}

FileCount OpenRegularFile::write_at(ByteSource& from, std::uint32_t count, std::uint64_t position) {
    const FileCount done = file_->write_at(from, count, position);
    if (done && done.value() > 0) {
        file_->set_modified(clock_());
    }
    return done;
}

Result<std::uint64_t, FileError> OpenRegularFile::seek(std::int64_t offset, SeekFrom from) {
    const auto target = seek_target(position_, file_->object()->bytes(), offset, from);
    if (target) {
        position_ = target.value();
    }
    return target;
}

Result<Done, FileError> OpenRegularFile::resize(std::uint64_t bytes) {
    if (bytes > RegularFile::MAX_BYTES) {
        return Failure(FileError::TooBig);
    }
    file_->resize(bytes);
    file_->set_modified(clock_());
    return Done{};
}

Result<std::uint64_t, FileError> OpenDirectory::seek(std::int64_t offset, SeekFrom from) {
    const auto target = seek_target(position_, 0, offset, from);
    if (target) {
        position_ = target.value();
    }
    return target;
}

FileCount OpenDevice::read(ByteSink& to, std::uint32_t count) {
    if (device_->kind() == DeviceKind::Null) {
        return std::uint32_t{0};
    }
    static constexpr std::array<std::byte, PAGE_SIZE> ZEROS{};
    std::uint32_t done = 0;
    while (done < count) {
        const std::uint32_t bytes = std::min(count - done, PAGE_SIZE);
        const std::uint32_t taken = to.put(std::span(ZEROS).first(bytes));
        done += taken;
        if (taken < bytes) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
    }
    return done;
}

FileCount OpenText::read(ByteSink& to, std::uint32_t count) {
    const FileCount done = read_at(to, count, position_);
    position_ += done ? done.value() : 0;
    return done;
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

Result<std::uint64_t, FileError> OpenText::seek(std::int64_t offset, SeekFrom from) {
    const auto target = seek_target(position_, text_.size(), offset, from);
    if (target) {
        position_ = target.value();
    }
    return target;
}

}  // namespace vmlab
