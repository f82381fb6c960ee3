// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/pipe.hpp"

#include <algorithm>
#include <bit>

namespace vmlab {

namespace {

FileCount count_or(std::uint32_t done, FileError error) {
    return done > 0 ? FileCount(done) : FileCount(Failure(error));
}

}  // namespace

void Pipe::open_end(OpenMode mode) {
    if (mode != OpenMode::Write) {
        ++readers_;
        ++reader_openings_;
    }
    if (mode != OpenMode::Read) {
        ++writers_;
        ++writer_openings_;
    }
    wake_(channel(WaitChannel::What::Opening), WakeWho::All);
}

void Pipe::close_end(OpenMode mode) {
    readers_ -= mode != OpenMode::Write ? 1 : 0;
    writers_ -= mode != OpenMode::Read ? 1 : 0;
    if (readers_ + writers_ == 0) {
        buffers_.clear();
        most_buffers_ = BUFFERS;
    }
    if (writers_ == 0) {
        wake_(channel(WaitChannel::What::Input), WakeWho::All);
    }
    if (readers_ == 0) {
        wake_(channel(WaitChannel::What::Output), WakeWho::All);
    }
}

// What cannot be copied wholly stays, as far as it goes into one copy.
FileCount Pipe::read(ByteSink& to, std::uint32_t count) {
    std::uint32_t done = 0;
    std::optional<FileError> error;
    const bool was_full = full();
    while (done < count && !buffers_.empty() && !error) {
        Buffer& buffer = buffers_.front();
        const auto piece = std::as_bytes(std::span<const char>(buffer.bytes))
                               .subspan(buffer.start, std::min<std::size_t>(buffer.left(), count - done));
        if (to.put(piece) < piece.size()) {
            error = FileError::BadAddress;
            break;
        }
        done += static_cast<std::uint32_t>(piece.size());
        buffer.start += piece.size();
        const bool packet = buffer.packet == Packets::Yes;  // its rest is lost
        if (buffer.left() == 0 || packet) {
            buffers_.pop_front();
        }
        if (packet) {
            break;
        }
    }
    if (done == 0 && count > 0 && !error && writers_ > 0) {
        error = FileError::WouldBlock;
    }
    if (done > 0 && !full()) {
        wake_(channel(WaitChannel::What::Output), was_full ? WakeWho::First : WakeWho::Next);
    }
    if (!empty()) {
        wake_(channel(WaitChannel::What::Input), WakeWho::Next);
    }
    return error ? count_or(done, *error) : FileCount(done);
}

bool Pipe::fill(Buffer& buffer, ByteSource& from, std::uint32_t count) {
    const std::size_t before = buffer.bytes.size();
    buffer.bytes.resize(before + count);
    if (from.get(std::as_writable_bytes(std::span(buffer.bytes)).subspan(before)) < count) {
        buffer.bytes.resize(before);
        return false;
    }
    return true;
}

FileCount Pipe::append(ByteSource& from, std::uint32_t count) {
    const std::uint32_t rest = count % PAGE_SIZE;
    if (rest == 0 || buffers_.empty() || buffers_.back().packet == Packets::Yes ||
        buffers_.back().bytes.size() + rest > PAGE_SIZE) {
        return std::uint32_t{0};
    }
    return fill(buffers_.back(), from, rest) ? FileCount(rest) : FileCount(Failure(FileError::BadAddress));
}

FileCount Pipe::write(ByteSource& from, std::uint32_t count, Packets packets) {
    if (count == 0) {
        return std::uint32_t{0};
    }
    if (readers_ == 0) {
        return Failure(FileError::BrokenPipe);
    }
    const bool in_pages = most_bytes_ == ~0U;
    const FileCount appended = in_pages ? append(from, count) : FileCount(std::uint32_t{0});
    if (!appended) {
        return appended;
    }
    std::uint32_t done = appended.value();
    std::optional<FileError> error;
    while (done < count && !error) {
        if (full()) {
            error = FileError::WouldBlock;
            break;
        }
        Buffer buffer{.bytes = {}, .packet = packets};
        const std::uint32_t room = in_pages ? PAGE_SIZE : most_bytes_ - static_cast<std::uint32_t>(bytes());
        const std::uint32_t piece = std::min({count - done, PAGE_SIZE, room});
        if (!fill(buffer, from, piece)) {
            error = FileError::BadAddress;
            break;
        }
        buffers_.push_back(std::move(buffer));
        done += piece;
    }
    if (done > 0) {
        wake_(channel(WaitChannel::What::Input), WakeWho::First);
    }
    if (!full()) {
        wake_(channel(WaitChannel::What::Output), WakeWho::Next);
    }
    return error ? count_or(done, *error) : FileCount(done);
}

std::uint64_t Pipe::bytes() const {
    std::uint64_t sum = 0;
    for (const Buffer& buffer : buffers_) {
        sum += buffer.left();
    }
    return sum;
}

Result<Done, FileError> Pipe::set_capacity(std::uint32_t bytes) {
    const std::uint64_t pages = std::max<std::uint64_t>(1, (std::uint64_t{bytes} + PAGE_SIZE - 1) / PAGE_SIZE);
    const std::uint64_t buffers = std::bit_ceil(pages);
    if (bytes == 0 || buffers > MOST_BUFFERS) {
        return Failure(FileError::Invalid);
    }
    if (buffers < buffers_.size()) {
        return Failure(FileError::Busy);
    }
    most_buffers_ = static_cast<std::uint32_t>(buffers);
    if (!full()) {
        wake_(channel(WaitChannel::What::Output), WakeWho::First);
    }
    return Done{};
}

OpenPipe::OpenPipe(Ref<Pipe> pipe, OpenMode mode, std::string path)
    : OpenFile(mode, AppendMode::No), pipe_(std::move(pipe)), path_(std::move(path)) {
    if (mode == OpenMode::Read && pipe_->writers() == 0) {
        missed_openings_ = pipe_->writer_openings();
    }
    if (mode == OpenMode::Write && pipe_->readers() == 0) {
        missed_openings_ = pipe_->reader_openings();
    }
    pipe_->open_end(mode);
}

bool OpenPipe::had_partner() const {
    const std::uint64_t openings = mode() == OpenMode::Read ? pipe_->writer_openings() : pipe_->reader_openings();
    return missed_openings_ != openings;
}

Readiness OpenPipe::readiness() const {
    return {.input = readable() && !pipe_->empty(),
            .output = writable() && !pipe_->full(),
            .hangup = readable() && pipe_->writers() == 0 && had_partner(),
            .error = writable() && pipe_->readers() == 0};
}

std::optional<WaitChannel> OpenPipe::wait_channel(Direction direction) const {
    return pipe_->channel(direction == Direction::Input ? WaitChannel::What::Input : WaitChannel::What::Output);
}

std::optional<WaitChannel> OpenPipe::opening() const {
    if (path_ == name_of(*pipe_)) {
        return std::nullopt;  // both ends were there when it was made
    }
    return had_partner() ? std::nullopt : std::optional(pipe_->channel(WaitChannel::What::Opening));
}

}  // namespace vmlab
