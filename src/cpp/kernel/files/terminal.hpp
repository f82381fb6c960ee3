// SPDX-License-Identifier: GPL-2.0-only
// Terminal: the machine's keyboard and screen with a line discipline between: lines that can be edited, echo, signals.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/files/inode.hpp"
#include "kernel/files/terminal_settings.hpp"
#include "kernel/signal.hpp"

namespace vmlab {

/// Sends a signal to all processes of a group.
using GroupSignaller = std::function<void(std::uint32_t group, Signal)>;

/// What the user types waits until the guest wants it: a line until a process waits for input, a character that stands for a
/// signal until no process can run. So a session typed in advance looks as if somebody had sat there.
/// Owner: counted by the Kernel, consoles and open files. Elsewhere: tty (Unix), n_tty (Linux), console.c (xv6).
/// Invariants: lines_ divide ready_ while the terminal is canonical, and else there are none; nor is anything in editing_.
class Terminal : public RefCounted {
public:
    Terminal(Ref<Inode> inode, FileWaker wake, GroupSignaller signal);

    /// What somebody is about to type.
    void type(std::string_view text) { typed_.append(text); }
    [[nodiscard]] bool has_typed() const { return !typed_.empty(); }
    /// Types the next line, or the next character that is none of a line. False when there is nothing left to type.
    bool type_next();
    /// Whether what is typed next is for no reader: it stands for a signal, or lets output go on.
    [[nodiscard]] bool types_control_next() const;

    /// The kernel writes on the screen, past what is done with the output of processes.
    void show(std::string_view text) { screen_.append(text); }
    /// All that the screen has shown, as the bytes that were sent to it.
    [[nodiscard]] const std::string& screen() const { return screen_; }

    [[nodiscard]] const TerminalSettings& settings() const { return settings_; }
    void set_settings(const TerminalSettings& settings);
    [[nodiscard]] const WindowSize& window() const { return window_; }
    /// Tells the processes in the foreground.
    void set_window(const WindowSize& window);
    void drop_input();
    /// Stops and continues output, as ^S and ^Q do.
    void set_stopped(bool stopped);

    /// A line at most, or without lines what there is. Fails with WouldBlock.
    [[nodiscard]] FileCount read(ByteSink& to, std::uint32_t count);
    [[nodiscard]] FileCount write(ByteSource& from, std::uint32_t count);
    [[nodiscard]] Readiness readiness() const { return {.input = has_input(), .output = !stopped_}; }
    [[nodiscard]] std::uint64_t unread_bytes() const { return ready_.size(); }
    [[nodiscard]] WaitChannel channel(Direction direction) const;
    /// How long a read waits at most for the first byte, in tenths of a second; nothing: for ever.
    [[nodiscard]] std::optional<std::uint32_t> patience() const;
    [[nodiscard]] Inode& inode() const { return *inode_; }

    /// The session whose terminal it is, and the group that may read; 0: nobody's.
    std::uint32_t session = 0;
    std::uint32_t foreground = 0;

private:
    [[nodiscard]] bool canonical() const { return settings_.has_local(TerminalSettings::ICANON); }
    [[nodiscard]] bool has_input() const;
    [[nodiscard]] std::optional<Signal> signal_of(std::uint8_t byte) const;
    [[nodiscard]] bool is_control(std::uint8_t byte) const;

    // terminal_input.cpp: what becomes of a byte that is typed
    void receive(std::uint8_t byte);
    [[nodiscard]] bool control_flow(std::uint8_t byte);
    void send_signal(Signal signal, std::uint8_t byte);
    [[nodiscard]] bool edit(std::uint8_t byte);
    void erase_last();
    void erase_word();
    void erase_line(std::uint8_t byte);
    void reprint(std::uint8_t byte);
    void end_file(std::uint8_t byte);
    void end_line();
    void add(std::uint8_t byte);
    void echo(std::uint8_t byte);
    void show_erased(std::uint8_t byte);
    [[nodiscard]] std::uint32_t width_of_last_tab() const;

    void send_to_screen(std::uint8_t byte);
    void wake_readers() { wake_(channel(Direction::Input), WakeWho::First); }

    Ref<Inode> inode_;
    FileWaker wake_;
    GroupSignaller signal_;
    TerminalSettings settings_;
    WindowSize window_;
    std::string typed_;    ///< and not yet received
    std::string editing_;  ///< the line that is not ended yet
    std::string ready_;
    std::deque<std::size_t> lines_;  ///< their bytes; the end of a file is a line of none
    bool literal_next_ = false;
    bool stopped_ = false;
    std::string screen_;
    std::uint32_t column_ = 0;       ///< of the cursor
    std::uint32_t line_column_ = 0;  ///< where the line that is edited begins
};

/// A terminal, or another name for one. Owner: counted by the descriptors that refer to it.
class OpenTerminal : public OpenFile {
public:
    OpenTerminal(Ref<Terminal> terminal, OpenMode mode, std::string path)
        : OpenFile(mode, AppendMode::No), terminal_(std::move(terminal)), path_(std::move(path)) {}

    FileCount read(ByteSink& to, std::uint32_t count) override { return terminal_->read(to, count); }
    FileCount write(ByteSource& from, std::uint32_t count) override { return terminal_->write(from, count); }
    [[nodiscard]] Readiness readiness() const override { return terminal_->readiness(); }
    [[nodiscard]] std::optional<WaitChannel> wait_channel(Direction direction) const override {
        return terminal_->channel(direction);
    }
    [[nodiscard]] std::optional<std::uint64_t> unread_bytes() const override { return terminal_->unread_bytes(); }
    [[nodiscard]] Terminal* terminal() const override { return terminal_.get(); }
    [[nodiscard]] Inode* inode() const override { return &terminal_->inode(); }
    [[nodiscard]] FileStatus status() const override { return terminal_->inode().status(); }
    [[nodiscard]] std::string path() const override { return path_; }

private:
    Ref<Terminal> terminal_;
    std::string path_;
};

}  // namespace vmlab
