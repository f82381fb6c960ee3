// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "kernel/file_fixture.hpp"
#include "kernel/files/terminal.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

struct Keyboard {
    std::vector<std::pair<std::uint32_t, Signal>> sent;
    std::vector<WaitChannel::What> woken;
    Ref<Terminal> terminal = make_ref<Terminal>(
        make_ref<Device>(7, DeviceKind::Console),
        [this](const WaitChannel& channel, WakeWho) { woken.push_back(channel.what); },
        [this](std::uint32_t group, Signal signal) { sent.emplace_back(group, signal); });
    Ref<OpenFile> file = make_ref<OpenTerminal>(terminal, OpenMode::ReadWrite, "/dev/console");

    void type(std::string_view text) {
        terminal->type(text);
        while (terminal->type_next()) {
        }
    }
    std::string read(std::uint32_t count = 100) {
        TextSink sink;
        REQUIRE(file->read(sink, count).ok());
        return sink.content;
    }
    bool would_block() {
        TextSink sink;
        const FileCount done = file->read(sink, 100);
        return !done && done.error() == FileError::WouldBlock;
    }
    void set_local(std::uint32_t off, std::uint8_t least = 1, std::uint8_t tenths = 0) {
        TerminalSettings settings;
        settings.local &= ~off;
        settings.characters[TerminalSettings::MIN] = least;
        settings.characters[TerminalSettings::TIME] = tenths;
        terminal->set_settings(settings);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Keyboard, "a line comes when it is ended, and one at a time") {
    terminal->type("one\ntwo\nthr");
    CHECK(would_block());
    CHECK(terminal->type_next());
    CHECK(woken.size() == 1);
    type("");
    CHECK(read() == "one\n");
    CHECK(read(2) == "tw");
    CHECK(read() == "o\n");
    CHECK(would_block());
    type("ee\x04");
    CHECK(read() == "three");
    type("\x04");
    CHECK(read().empty());
    CHECK(would_block());
    CHECK(terminal->screen() == "one\r\ntwo\r\nthree");
}

TEST_CASE_FIXTURE(Keyboard, "a character for a signal drops the line and goes to the foreground") {
    terminal->foreground = 12;
    terminal->type("abc\x03rest\n");
    CHECK_FALSE(terminal->types_control_next());
    CHECK(terminal->type_next());
    CHECK(terminal->types_control_next());
    type("");
    CHECK(sent == std::vector<std::pair<std::uint32_t, Signal>>{{12, Signal::Interrupt}});
    CHECK(read() == "rest\n");
    set_local(TerminalSettings::ISIG);
    type("\x03\n");
    CHECK(read() == "\x03\n");
    CHECK(sent.size() == 1);
}

TEST_CASE_FIXTURE(Keyboard, "without lines a read has what there is, once it is enough") {
    set_local(TerminalSettings::ICANON, 3);
    type("ab");
    CHECK(would_block());
    type("c");
    CHECK(read() == "abc");
    set_local(TerminalSettings::ICANON, 0);
    CHECK(read().empty());
    set_local(TerminalSettings::ICANON, 0, 5);
    CHECK(would_block());
    CHECK(terminal->patience() == 5);
}

TEST_CASE_FIXTURE(Keyboard, "what is typed stays when lines are turned off and on") {
    type("half");
    set_local(TerminalSettings::ICANON);
    CHECK(read(2) == "ha");
    set_local(0);
    CHECK(read() == "lf");
    type("whole\n");
    CHECK(read() == "whole\n");
}

TEST_CASE_FIXTURE(Keyboard, "output can be stopped, and waits") {
    type("\x13");
    CHECK(write_text(*file, "x").error() == FileError::WouldBlock);
    CHECK_FALSE(file->readiness().output);
    woken.clear();
    type("\x11");
    CHECK(woken == std::vector<WaitChannel::What>{WaitChannel::What::Output});
    CHECK(write_text(*file, "a\nb").value() == 3);
    CHECK(terminal->screen() == "a\r\nb");
}

TEST_CASE_FIXTURE(Keyboard, "a line that is too long keeps its first 4095 bytes") {
    type(std::string(5000, 'x') + "\n");
    CHECK(read(10'000).size() == 4096);
}

TEST_CASE_FIXTURE(Keyboard, "a new size is told to the foreground, the same one is not") {
    terminal->foreground = 3;
    terminal->set_window({.rows = 30, .columns = 100});
    terminal->set_window({.rows = 30, .columns = 100});
    CHECK(sent == std::vector<std::pair<std::uint32_t, Signal>>{{3, Signal::WindowChanged}});
}

TEST_CASE_FIXTURE(Keyboard, "a second character may erase as the first does") {
    TerminalSettings settings;
    settings.erase_2 = 8;
    terminal->set_settings(settings);
    type(
        "abc\x08\x7f"
        "d\n");
    CHECK(read() == "ad\n");
    settings.erase_2 = 0;
    terminal->set_settings(settings);
    type("a\x08\n");
    CHECK(read() == "a\x08\n");
}

TEST_CASE_FIXTURE(Keyboard, "an end of file behind text may stay one, and is shown then") {
    TerminalSettings settings;
    settings.local &= ~TerminalSettings::ECHOCTL;
    settings.end_behind_text = TerminalSettings::EndBehindText::StaysEnd;
    terminal->set_settings(settings);
    type("text\x04\x04more\n");
    CHECK(read(2) == "te");
    CHECK(read() == "xt");
    CHECK(read().empty());
    CHECK(read().empty());
    CHECK(read() == "more\n");
    CHECK(terminal->screen() == "text\x04\x04more\r\n");
}

TEST_CASE_FIXTURE(Keyboard, "the kernel's own words are shown as they are") {
    type("typed\n");
    terminal->show("kernel\n");
    CHECK(terminal->screen() == "typed\r\nkernel\n");
    CHECK(read() == "typed\n");
}
