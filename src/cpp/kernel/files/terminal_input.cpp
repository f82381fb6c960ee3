// SPDX-License-Identifier: GPL-2.0-only
// Terminal: what becomes of a byte that is typed: signals, editing, echo. Elsewhere: n_tty.c (Linux), consoleintr (xv6).
#include "kernel/files/terminal.hpp"

namespace vmlab {

using Settings = TerminalSettings;

namespace {

constexpr std::size_t LONGEST_LINE = 4095;
constexpr std::uint8_t BELL = 7;

bool is_control_code(std::uint8_t byte) { return byte < ' ' || byte == 127; }
bool is_word_part(std::uint8_t byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

}  // namespace

std::optional<Signal> Terminal::signal_of(std::uint8_t byte) const {
    if (!settings_.has_local(Settings::ISIG)) {
        return std::nullopt;
    }
    return settings_.is(byte, Settings::INTR)   ? std::optional(Signal::Interrupt)
           : settings_.is(byte, Settings::QUIT) ? std::optional(Signal::Quit)
           : settings_.is(byte, Settings::SUSP) ? std::optional(Signal::TerminalStop)
                                                : std::nullopt;
}

void Terminal::receive(std::uint8_t byte) {
    if (settings_.has_input(Settings::ISTRIP)) {
        byte &= 0x7F;
    }
    if (std::exchange(literal_next_, false)) {
        add(byte);
        return;
    }
    if (control_flow(byte)) {
        return;
    }
    if (const auto signal = signal_of(byte)) {
        send_signal(*signal, byte);
        return;
    }
    if (byte == '\r') {
        if (settings_.has_input(Settings::IGNCR)) {
            return;
        }
        byte = settings_.has_input(Settings::ICRNL) ? '\n' : byte;
    } else if (byte == '\n' && settings_.has_input(Settings::INLCR)) {
        byte = '\r';
    }
    if (!canonical() || !edit(byte)) {
        add(byte);
    }
}

bool Terminal::control_flow(std::uint8_t byte) {
    if (!settings_.has_input(Settings::IXON)) {
        return false;
    }
    if (settings_.is(byte, Settings::START) || settings_.is(byte, Settings::STOP)) {
        set_stopped(settings_.is(byte, Settings::STOP));
        return true;
    }
    if (stopped_ && settings_.has_input(Settings::IXANY)) {
        set_stopped(false);
    }
    return false;
}

void Terminal::send_signal(Signal signal, std::uint8_t byte) {
    if (!settings_.has_local(Settings::NOFLSH)) {
        drop_input();
    }
    if (stopped_) {
        set_stopped(false);
    }
    echo(byte);
    signal_(foreground, signal);
}

/// What changes the line, or ends it. False for a byte that belongs into it.
bool Terminal::edit(std::uint8_t byte) {
    const bool extended = settings_.has_local(Settings::IEXTEN);
    if (settings_.is(byte, Settings::ERASE) || (byte != 0 && byte == settings_.erase_2)) {
        erase_last();
    } else if (settings_.is(byte, Settings::KILL)) {
        erase_line(byte);
    } else if (extended && settings_.is(byte, Settings::WORD_ERASE)) {
        erase_word();
    } else if (extended && settings_.is(byte, Settings::LITERAL_NEXT)) {
        literal_next_ = true;
        if (settings_.has_local(Settings::ECHO) && settings_.has_local(Settings::ECHOCTL)) {
            send_to_screen('^');
            send_to_screen('\b');
        }
    } else if (extended && settings_.has_local(Settings::ECHO) && settings_.is(byte, Settings::REPRINT)) {
        reprint(byte);
    } else if (byte == '\n') {
        if (settings_.has_local(Settings::ECHO) || settings_.has_local(Settings::ECHONL)) {
            send_to_screen('\n');
        }
        editing_ += '\n';
        end_line();
    } else if (settings_.is(byte, Settings::END_OF_FILE)) {
        end_file(byte);
    } else if (settings_.is(byte, Settings::END_OF_LINE) || (extended && settings_.is(byte, Settings::END_OF_LINE_2))) {
        echo(byte);
        editing_ += static_cast<char>(byte);
        end_line();
    } else {
        return false;
    }
    return true;
}

void Terminal::end_file(std::uint8_t byte) {
    if (settings_.end_behind_text == Settings::EndBehindText::StaysEnd) {
        echo(byte);
        if (!editing_.empty()) {
            end_line();
        }
    }
    end_line();
}

void Terminal::end_line() {
    lines_.push_back(editing_.size());
    ready_ += std::exchange(editing_, {});
    wake_readers();
}

void Terminal::add(std::uint8_t byte) {
    if (!canonical()) {
        echo(byte);
        ready_ += static_cast<char>(byte);
        if (has_input()) {
            wake_readers();
        }
        return;
    }
    if (editing_.size() >= LONGEST_LINE) {
        if (settings_.has_input(Settings::IMAXBEL)) {
            send_to_screen(BELL);
        }
        return;
    }
    if (editing_.empty()) {
        line_column_ = column_;
    }
    echo(byte);
    editing_ += static_cast<char>(byte);
}

void Terminal::erase_last() {
    if (editing_.empty()) {
        return;
    }
    const auto byte = static_cast<std::uint8_t>(editing_.back());
    const std::uint32_t tab = byte == '\t' ? width_of_last_tab() : 0;
    editing_.pop_back();
    if (!settings_.has_local(Settings::ECHO)) {
        return;
    }
    if (!settings_.has_local(Settings::ECHOE)) {
        echo(settings_.characters[Settings::ERASE]);
    } else if (byte == '\t') {
        for (std::uint32_t at = 0; at < tab; ++at) {
            send_to_screen('\b');
        }
    } else {
        show_erased(byte);
    }
}

void Terminal::show_erased(std::uint8_t byte) {
    const bool wide = is_control_code(byte) && settings_.has_local(Settings::ECHOCTL);
    const int columns = wide ? 2 : is_control_code(byte) ? 0 : 1;
    for (int at = 0; at < columns; ++at) {
        send_to_screen('\b');
        send_to_screen(' ');
        send_to_screen('\b');
    }
}

/// A word, and what stands behind it.
void Terminal::erase_word() {
    bool seen = false;
    while (!editing_.empty()) {
        const bool part = is_word_part(static_cast<std::uint8_t>(editing_.back()));
        if (seen && !part) {
            return;
        }
        seen = seen || part;
        erase_last();
    }
}

void Terminal::erase_line(std::uint8_t byte) {
    const bool echoes = settings_.has_local(Settings::ECHO);
    if (echoes && settings_.has_local(Settings::ECHOK) && settings_.has_local(Settings::ECHOKE) &&
        settings_.has_local(Settings::ECHOE)) {
        while (!editing_.empty()) {
            erase_last();
        }
        return;
    }
    editing_.clear();
    if (echoes) {
        echo(byte);
        if (settings_.has_local(Settings::ECHOK)) {
            send_to_screen('\n');
        }
    }
}

void Terminal::reprint(std::uint8_t byte) {
    echo(byte);
    send_to_screen('\n');
    for (const char each : editing_) {
        echo(static_cast<std::uint8_t>(each));
    }
}

/// How far the cursor went for the tab that the line ends with: as far as it stood from the next multiple of eight.
std::uint32_t Terminal::width_of_last_tab() const {
    std::uint32_t column = line_column_;
    std::uint32_t width = 0;
    for (const char each : editing_) {
        const auto byte = static_cast<std::uint8_t>(each);
        const bool wide = is_control_code(byte) && settings_.has_local(Settings::ECHOCTL);
        width = byte == '\t' ? 8 - column % 8 : wide ? 2 : is_control_code(byte) ? 0 : 1;
        column += width;
    }
    return width;
}

void Terminal::echo(std::uint8_t byte) {
    if (!settings_.has_local(Settings::ECHO)) {
        return;
    }
    if (is_control_code(byte) && byte != '\t' && byte != '\n' && settings_.has_local(Settings::ECHOCTL)) {
        send_to_screen('^');
        send_to_screen(byte ^ 0x40);
        return;
    }
    send_to_screen(byte);
}

}  // namespace vmlab
