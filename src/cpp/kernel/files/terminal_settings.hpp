// SPDX-License-Identifier: GPL-2.0-only
// TerminalSettings: how a terminal treats what is typed and what is written, as POSIX's termios has it, with Linux's bits.
#pragma once

#include <array>
#include <cstdint>

namespace vmlab {

struct TerminalSettings {
    // What comes in.
    static constexpr std::uint32_t ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400;
    static constexpr std::uint32_t IXANY = 0x800, IMAXBEL = 0x2000;
    // What goes out.
    static constexpr std::uint32_t OPOST = 0x1, ONLCR = 0x4, OCRNL = 0x8, ONOCR = 0x10, ONLRET = 0x20, XTABS = 0x1800;
    // What the line discipline does.
    static constexpr std::uint32_t ISIG = 0x1, ICANON = 0x2, ECHO = 0x8, ECHOE = 0x10, ECHOK = 0x20, ECHONL = 0x40;
    static constexpr std::uint32_t NOFLSH = 0x80, TOSTOP = 0x100, ECHOCTL = 0x200, ECHOKE = 0x800, IEXTEN = 0x8000;
    // Which character does what.
    enum Character : std::uint8_t {
        INTR = 0,
        QUIT = 1,
        ERASE = 2,
        KILL = 3,
        END_OF_FILE = 4,
        TIME = 5,
        MIN = 6,
        START = 8,
        STOP = 9,
        SUSP = 10,
        END_OF_LINE = 11,
        REPRINT = 12,
        WORD_ERASE = 14,
        LITERAL_NEXT = 15,
        END_OF_LINE_2 = 16,
        CHARACTERS = 19
    };

    std::uint32_t input = ICRNL | IXON;
    std::uint32_t output = OPOST | ONLCR;
    std::uint32_t control =
        0xBF;  ///< 38400 baud, 8 bits, a receiver: kept and told, and otherwise without meaning here
    std::uint32_t local = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
    std::uint8_t line = 0;
    std::array<std::uint8_t, CHARACTERS> characters = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22};
    std::uint8_t erase_2 = 0;  ///< erases as characters[ERASE] does; 0: none. Elsewhere: VERASE2 (BSD)

    /// What an end of file behind text is: the line's end alone, as on Unix, or read by itself behind it, and shown, as in xv6.
    enum class EndBehindText : std::uint8_t { EndsLine, StaysEnd } end_behind_text = EndBehindText::EndsLine;

    /// Lines that can be edited and are shown as they are typed; what is written is shown as it is, and no key stands for a
    /// signal.
    [[nodiscard]] static TerminalSettings plain_lines() {
        TerminalSettings settings;
        settings.input = ICRNL;
        settings.output = 0;
        settings.local = ICANON | ECHO | ECHOE | ECHOK | ECHOKE;
        return settings;
    }

    [[nodiscard]] bool has_input(std::uint32_t flag) const { return (input & flag) != 0; }
    [[nodiscard]] bool has_output(std::uint32_t flag) const { return (output & flag) != 0; }
    [[nodiscard]] bool has_local(std::uint32_t flag) const { return (local & flag) != 0; }
    /// Whether a byte is the character of this use; 0 is none.
    [[nodiscard]] bool is(std::uint8_t byte, Character use) const { return byte != 0 && byte == characters[use]; }
};

/// In characters, and in dots of the screen.
struct WindowSize {
    std::uint16_t rows = 24, columns = 80, width = 0, height = 0;
    bool operator==(const WindowSize&) const = default;
};

}  // namespace vmlab
