// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/console.hpp"

#include <algorithm>
#include <array>

namespace vmlab {

/// One end of a Console, as a pipe's end would be.
class ConsoleStream : public OpenFile {
public:
    ConsoleStream(Ref<Console> console, Console::Stream stream)
        : OpenFile(stream == Console::Stream::Input ? OpenMode::Read : OpenMode::Write, AppendMode::No),
          console_(std::move(console)),
          stream_(stream) {}

    FileCount read(ByteSink& to, std::uint32_t count) override;
    FileCount write(ByteSource& from, std::uint32_t count) override;

    /// Who writes the input has written it all and gone.
    [[nodiscard]] Readiness readiness() const override {
        const bool is_input = stream_ == Console::Stream::Input;
        return {.input = is_input && unread() > 0, .output = !is_input, .hangup = is_input};
    }
    [[nodiscard]] std::optional<std::uint64_t> unread_bytes() const override {
        return stream_ == Console::Stream::Input ? unread() : 0;
    }
    [[nodiscard]] Inode* inode() const override { return console_->inodes_[static_cast<std::size_t>(stream_)].get(); }
    [[nodiscard]] FileStatus status() const override { return inode()->status(); }
    [[nodiscard]] std::string path() const override { return "pipe:[" + std::to_string(inode()->number()) + "]"; }

private:
    [[nodiscard]] std::uint64_t unread() const { return console_->input_.size() - console_->input_position_; }

    Ref<Console> console_;
    Console::Stream stream_;
};

// A pipe moves whole pieces of at most a page; a piece that cannot be copied wholly is not moved.
FileCount ConsoleStream::read(ByteSink& to, std::uint32_t count) {
    std::uint32_t done = 0;
    while (done < count && console_->input_position_ < console_->input_.size()) {
        const auto rest = std::span<const char>(console_->input_).subspan(console_->input_position_);
        const auto piece = rest.first(std::min<std::size_t>({rest.size(), count - done, PAGE_SIZE}));
        if (to.put(std::as_bytes(piece)) < piece.size()) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
        console_->input_position_ += piece.size();
        done += static_cast<std::uint32_t>(piece.size());
    }
    return done;
}

FileCount ConsoleStream::write(ByteSource& from, std::uint32_t count) {
    std::string& output = stream_ == Console::Stream::Output ? console_->output_ : console_->error_output_;
    std::array<char, PAGE_SIZE> buffer;
    std::uint32_t done = 0;
    while (done < count) {
        const auto piece = std::span(buffer).first(std::min(count - done, PAGE_SIZE));
        if (from.get(std::as_writable_bytes(piece)) < piece.size()) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
        output.append(piece.data(), piece.size());
        done += static_cast<std::uint32_t>(piece.size());
    }
    return done;
}

Console::Console(std::string standard_input) : input_(std::move(standard_input)) {
    for (const auto stream : {Stream::Input, Stream::Output, Stream::Error}) {
        Ref<Inode>& inode = inodes_[static_cast<std::size_t>(stream)];
        inode = make_ref<Inode>(FileType::Pipe, 1 + static_cast<std::uint64_t>(stream), 0600U);
        inode->add_link();
    }
}

Console::Console(Ref<Terminal> terminal) : terminal_(std::move(terminal)) {}

Ref<OpenFile> Console::open(const Ref<Console>& console, Stream stream) {
    if (console->terminal_) {
        return make_ref<OpenTerminal>(console->terminal_, OpenMode::ReadWrite, "/dev/console");
    }
    return make_ref<ConsoleStream>(console, stream);
}

}  // namespace vmlab
