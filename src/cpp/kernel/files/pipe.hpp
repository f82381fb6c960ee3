// SPDX-License-Identifier: GPL-2.0-only
// Pipe: bytes on their way from those who write to those who read; and an open end of one, named or not.
#pragma once

#include <deque>
#include <string>
#include <utility>

#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"

namespace vmlab {

/// Its buffers are as Linux has them: each holds at most a page, and what does not fit wholly into the last one begins
/// another, so that up to ATOMIC_BYTES written at once stay together, and a pipe may be full with few bytes in it.
/// Elsewhere: pipe_inode_info (Linux), struct pipe (xv6, BSD); with a name: FIFO.
/// Owner: its ends, and for a FIFO its names. Bytes last while an end is open.
class Pipe : public Inode {
public:
    static constexpr std::uint32_t ATOMIC_BYTES = PAGE_SIZE;
    static constexpr std::uint32_t BUFFERS = 16;
    static constexpr std::uint32_t MOST_BUFFERS = 1U << 19;

    /// Requires: the waker outlives the pipe's ends.
    Pipe(std::uint64_t number, std::uint32_t permissions, const FileWaker& wake)
        : Inode(FileType::Pipe, number, permissions), wake_(wake) {}

    void open_end(OpenMode mode);
    void close_end(OpenMode mode);
    [[nodiscard]] std::uint32_t readers() const { return readers_; }
    [[nodiscard]] std::uint32_t writers() const { return writers_; }
    /// How often one was opened, so that an end sees that the other one was open for a while.
    [[nodiscard]] std::uint64_t reader_openings() const { return reader_openings_; }
    [[nodiscard]] std::uint64_t writer_openings() const { return writer_openings_; }

    [[nodiscard]] FileCount read(ByteSink& to, std::uint32_t count);
    enum class Packets : std::uint8_t { No, Yes };
    [[nodiscard]] FileCount write(ByteSource& from, std::uint32_t count, Packets packets);
    [[nodiscard]] bool empty() const { return buffers_.empty(); }
    [[nodiscard]] bool full() const { return buffers_.size() >= most_buffers_ || bytes() >= most_bytes_; }
    [[nodiscard]] std::uint64_t bytes() const;

    /// It holds so many bytes, however they were written: a ring of bytes, as in xv6.
    void limit_bytes(std::uint32_t bytes) { most_bytes_ = most_buffers_ = bytes; }
    [[nodiscard]] std::uint32_t capacity() const { return most_buffers_ * PAGE_SIZE; }
    /// Rounds up to a power of two of pages. Fails: Invalid, Busy when more is in it.
    [[nodiscard]] Result<Done, FileError> set_capacity(std::uint32_t bytes);

    [[nodiscard]] WaitChannel channel(WaitChannel::What what) const { return {what, number()}; }

private:
    struct Buffer {
        std::string bytes;
        std::size_t start = 0;  ///< of what is not yet read
        Packets packet = Packets::No;
        [[nodiscard]] std::size_t left() const { return bytes.size() - start; }
    };
    /// Puts a piece of at most a page into a buffer's end. False when the source does not have it all.
    [[nodiscard]] static bool fill(Buffer& buffer, ByteSource& from, std::uint32_t count);
    /// The part that fits into the last buffer, whole. Fails: BadAddress.
    [[nodiscard]] FileCount append(ByteSource& from, std::uint32_t count);

    const FileWaker& wake_;
    std::deque<Buffer> buffers_;
    std::uint32_t most_buffers_ = BUFFERS;
    std::uint32_t most_bytes_ = ~0U;
    std::uint32_t readers_ = 0;
    std::uint32_t writers_ = 0;
    std::uint64_t reader_openings_ = 0;
    std::uint64_t writer_openings_ = 0;
};

/// One end, or both of a FIFO opened for reading and writing.
class OpenPipe : public OpenFile {
public:
    OpenPipe(Ref<Pipe> pipe, OpenMode mode, std::string path);
    ~OpenPipe() override { pipe_->close_end(mode()); }

    /// "pipe:[12]", as /proc names one without a name.
    [[nodiscard]] static std::string name_of(const Pipe& pipe) {
        return "pipe:[" + std::to_string(pipe.number()) + "]";
    }
    [[nodiscard]] Pipe& pipe() const { return *pipe_; }
    /// Each write becomes a packet, which is read alone.
    void set_packets(Pipe::Packets packets) { packets_ = packets; }

    FileCount read(ByteSink& to, std::uint32_t count) override { return pipe_->read(to, count); }
    FileCount write(ByteSource& from, std::uint32_t count) override { return pipe_->write(from, count, packets_); }
    [[nodiscard]] Readiness readiness() const override;
    [[nodiscard]] std::optional<WaitChannel> wait_channel(Direction direction) const override;
    [[nodiscard]] std::optional<WaitChannel> opening() const override;
    [[nodiscard]] std::optional<std::uint64_t> unread_bytes() const override { return pipe_->bytes(); }
    [[nodiscard]] Inode* inode() const override { return pipe_.get(); }
    [[nodiscard]] FileStatus status() const override { return pipe_->status(); }
    [[nodiscard]] std::string path() const override { return path_; }

private:
    /// Whether the other end is open, or was since this one was opened.
    [[nodiscard]] bool had_partner() const;

    Ref<Pipe> pipe_;
    std::string path_;
    Pipe::Packets packets_ = Pipe::Packets::No;
    /// Openings of the other end that this one has missed; nothing when it was there.
    std::optional<std::uint64_t> missed_openings_;
};

}  // namespace vmlab
