// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/open_file.hpp"

#include <limits>

#include "kernel/files/inode.hpp"

namespace vmlab {

OpenFile::OpenFile(OpenMode mode, AppendMode append) : mode_(mode), append_(append) {}

void OpenFile::end_watches() {
    while (!watchers_.empty()) {
        FileWatcher* const last = watchers_.back();
        watchers_.pop_back();
        last->closed();
    }
}

OpenFile::~OpenFile() {
    end_watches();
    if (locked_) {
        locked_->whole_locks().remove(this);
        locked_->record_locks().remove(this);
    }
}

void OpenFile::note_own_lock(Ref<Inode> inode) { locked_ = std::move(inode); }

FileCount OpenFile::read_at(ByteSink&, std::uint32_t, std::uint64_t) { return Failure(FileError::NotSeekable); }

FileCount OpenFile::write_at(ByteSource&, std::uint32_t, std::uint64_t) { return Failure(FileError::NotSeekable); }

Result<std::uint64_t, FileError> OpenFile::seek(std::int64_t, SeekFrom) { return Failure(FileError::NotSeekable); }

Result<Done, FileError> OpenFile::resize(std::uint64_t) { return Failure(FileError::Invalid); }

Result<std::optional<DirectoryEntry>, FileError> OpenFile::entry() const { return Failure(FileError::NotDirectory); }

Result<std::uint64_t, FileError> seek_target(std::uint64_t position, std::uint64_t size, std::int64_t offset,
                                             SeekFrom from) {
    if (from == SeekFrom::Data || from == SeekFrom::Hole) {
        // Nothing is known of holes: all is data, and one hole follows it.
        const auto place = static_cast<std::uint64_t>(offset);
        if (offset < 0 || place >= size) {
            return Failure(FileError::NoDevice);
        }
        return from == SeekFrom::Data ? place : size;
    }
    const std::uint64_t base = from == SeekFrom::Start ? 0 : from == SeekFrom::Current ? position : size;
    constexpr auto LAST = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto distance = static_cast<std::uint64_t>(offset);
    const bool backwards = offset < 0;
    if (backwards ? base < std::uint64_t{0} - distance : distance > LAST - base) {
        return Failure(FileError::Invalid);
    }
    return base + distance;
}

FileCount PositionedFile::read(ByteSink& to, std::uint32_t count) {
    const FileCount done = read_at(to, count, position_);
    position_ += done ? done.value() : 0;
    return done;
}

FileCount PositionedFile::write(ByteSource& from, std::uint32_t count) {
    const std::uint64_t start = write_place(position_);
    const FileCount done = write_at(from, count, start);
    if (done) {
        position_ = start + done.value();
    }
    return done;
}

Result<std::uint64_t, FileError> PositionedFile::seek(std::int64_t offset, SeekFrom from) {
    const auto target = seek_target(position_, size(), offset, from);
    if (target) {
        position_ = target.value();
    }
    return target;
}

}  // namespace vmlab
