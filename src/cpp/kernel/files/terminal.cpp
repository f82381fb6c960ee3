// SPDX-License-Identifier: GPL-2.0-only
// Terminal: reading and writing, settings, and when what is typed comes. What it does with a byte is in terminal_input.cpp.
#include "kernel/files/terminal.hpp"

#include <algorithm>

namespace vmlab {

using Settings = TerminalSettings;

Terminal::Terminal(Ref<Inode> inode, FileWaker wake, GroupSignaller signal)
    : inode_(std::move(inode)), wake_(std::move(wake)), signal_(std::move(signal)) {}

bool Terminal::is_control(std::uint8_t byte) const {
    return signal_of(byte).has_value() || (settings_.has_input(Settings::IXON) &&
                                           (settings_.is(byte, Settings::START) || settings_.is(byte, Settings::STOP)));
}

bool Terminal::types_control_next() const {
    return !typed_.empty() && is_control(static_cast<std::uint8_t>(typed_.front()));
}

bool Terminal::type_next() {
    if (typed_.empty()) {
        return false;
    }
    std::size_t count = 0;
    const auto byte_at = [this](std::size_t at) { return static_cast<std::uint8_t>(typed_[at]); };
    while (count < typed_.size() && !is_control(byte_at(count))) {
        const std::uint8_t byte = byte_at(count++);
        if (byte == '\n' || byte == '\r' || settings_.is(byte, Settings::END_OF_FILE)) {
            break;
        }
    }
    const std::string typed = typed_.substr(0, std::max<std::size_t>(count, 1));
    typed_.erase(0, typed.size());
    for (const char byte : typed) {
        receive(static_cast<std::uint8_t>(byte));
    }
    return true;
}

void Terminal::set_settings(const TerminalSettings& settings) {
    const bool was_canonical = canonical();
    settings_ = settings;
    if (was_canonical == canonical()) {
        return;
    }
    ready_ += std::exchange(editing_, {});
    lines_.clear();
    if (canonical() && !ready_.empty()) {
        lines_.push_back(ready_.size());
    }
    if (has_input()) {
        wake_readers();
    }
}

void Terminal::set_window(const WindowSize& window) {
    if (window_ != window) {
        window_ = window;
        signal_(foreground, Signal::WindowChanged);
    }
}

void Terminal::drop_input() {
    editing_.clear();
    ready_.clear();
    lines_.clear();
    literal_next_ = false;
}

void Terminal::set_stopped(bool stopped) {
    stopped_ = stopped;
    if (!stopped) {
        wake_(channel(Direction::Output), WakeWho::All);
    }
}

bool Terminal::has_input() const {
    if (canonical()) {
        return !lines_.empty();
    }
    const std::size_t wanted = patience() ? 1 : settings_.characters[Settings::MIN];
    return ready_.size() >= std::max<std::size_t>(wanted, 1) || (!patience() && wanted == 0);
}

std::optional<std::uint32_t> Terminal::patience() const {
    const auto& characters = settings_.characters;
    const bool waits = !canonical() && characters[Settings::MIN] == 0 && characters[Settings::TIME] > 0;
    return waits ? std::optional<std::uint32_t>(characters[Settings::TIME]) : std::nullopt;
}

WaitChannel Terminal::channel(Direction direction) const {
    return {direction == Direction::Input ? WaitChannel::What::Input : WaitChannel::What::Output, inode_->number()};
}

FileCount Terminal::read(ByteSink& to, std::uint32_t count) {
    if (!has_input()) {
        return Failure(FileError::WouldBlock);
    }
    const std::size_t there = canonical() ? lines_.front() : ready_.size();
    const std::size_t wanted = std::min<std::size_t>(count, there);
    const std::uint32_t taken = to.put(std::as_bytes(std::span(ready_).first(wanted)));
    if (taken == 0 && wanted > 0) {
        return Failure(FileError::BadAddress);
    }
    ready_.erase(0, taken);
    if (canonical()) {
        lines_.front() -= taken;
        if (lines_.front() == 0) {
            lines_.pop_front();  // who read all before an end of file has read the end, too
        }
    }
    if (has_input()) {
        wake_readers();
    }
    return taken;
}

FileCount Terminal::write(ByteSource& from, std::uint32_t count) {
    if (stopped_) {
        return Failure(FileError::WouldBlock);
    }
    std::array<std::byte, 256> buffer;
    std::uint32_t done = 0;
    while (done < count) {
        const std::uint32_t got = from.get(std::span(buffer).first(std::min<std::size_t>(count - done, buffer.size())));
        for (const std::byte byte : std::span(buffer).first(got)) {
            send_to_screen(static_cast<std::uint8_t>(byte));
        }
        done += got;
        if (got == 0) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
    }
    line_column_ = column_;
    return done;
}

/// Elsewhere: do_output_char (Linux).
void Terminal::send_to_screen(std::uint8_t byte) {
    if (!settings_.has_output(Settings::OPOST)) {
        screen_ += static_cast<char>(byte);
        return;
    }
    switch (byte) {
        case '\n':
            if (settings_.has_output(Settings::ONLCR)) {
                screen_ += '\r';
                column_ = 0;
            }
            column_ = settings_.has_output(Settings::ONLRET) ? 0 : column_;
            break;
        case '\r':
            if (settings_.has_output(Settings::ONOCR) && column_ == 0) {
                return;
            }
            column_ = 0;
            if (settings_.has_output(Settings::OCRNL)) {
                byte = '\n';
            }
            break;
        case '\t': {
            const std::uint32_t blanks = 8 - column_ % 8;
            column_ += blanks;
            if ((settings_.output & Settings::XTABS) == Settings::XTABS) {
                screen_.append(blanks, ' ');
                return;
            }
            break;
        }
        case '\b':
            column_ -= column_ > 0 ? 1 : 0;
            break;
        default:
            column_ += byte >= ' ' && byte != 127 ? 1 : 0;
    }
    screen_ += static_cast<char>(byte);
}

}  // namespace vmlab
