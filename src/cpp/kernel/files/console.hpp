// SPDX-License-Identifier: GPL-2.0-only
// Console: a process's standard input, output and error, kept as bytes for the user to look at.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/files/terminal.hpp"

namespace vmlab {

/// The bytes behind the three streams of one spawned program.
/// Owner: counted by the streams and by the Process, so that an ended process's output stays.
class Console : public RefCounted {
public:
    explicit Console(std::string standard_input);
    /// All three are the terminal.
    explicit Console(Ref<Terminal> terminal);

    /// What went to standard output; of a terminal all that its screen showed.
    [[nodiscard]] const std::string& output() const { return terminal_ ? terminal_->screen() : output_; }
    [[nodiscard]] const std::string& error_output() const { return error_output_; }

    enum class Stream : std::uint8_t { Input, Output, Error };
    /// An open file on one of the streams. Where it is no terminal, input at its end reads 0 bytes, and results are as
    /// through pipes.
    [[nodiscard]] static Ref<OpenFile> open(const Ref<Console>& console, Stream stream);

private:
    friend class ConsoleStream;
    std::array<Ref<Inode>, 3> inodes_;  ///< of the streams
    std::string input_;
    std::size_t input_position_ = 0;
    std::string output_;
    std::string error_output_;
    Ref<Terminal> terminal_;
};

}  // namespace vmlab
