// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "kernel/file_fixture.hpp"
#include "kernel/files/console.hpp"

using namespace vmlab;
using vmlab_test::TextSink;
using vmlab_test::TextSource;
using Stream = Console::Stream;

TEST_CASE("output and error are kept apart, byte for byte") {
    const auto console = make_ref<Console>("");
    const auto output = Console::open(console, Stream::Output);
    const auto error = Console::open(console, Stream::Error);
    const std::string text(10000, 'x');
    CHECK(vmlab_test::write_text(*output, text).value() == 10000);
    CHECK(vmlab_test::write_text(*error, std::string("a\0b", 3)).value() == 3);
    CHECK(console->output() == text);
    CHECK(console->error_output() == std::string("a\0b", 3));
}

TEST_CASE("input is read in order and ends with 0 bytes") {
    const auto console = make_ref<Console>("hello world");
    const auto input = Console::open(console, Stream::Input);
    TextSink first, second, third;
    CHECK(input->read(first, 5).value() == 5);
    CHECK(input->read(second, 100).value() == 6);
    CHECK(input->read(third, 100).value() == 0);
    CHECK(first.content == "hello");
    CHECK(second.content == " world");
}

TEST_CASE("input that could not be delivered is still there") {
    const auto console = make_ref<Console>("hello");
    const auto input = Console::open(console, Stream::Input);
    TextSink short_memory(3);
    CHECK(input->read(short_memory, 5).error() == FileError::BadAddress);
    CHECK(vmlab_test::read_all(*input) == "hello");
}

TEST_CASE("a write whose memory ends moves whole pages only, as a pipe does") {
    const auto console = make_ref<Console>("");
    const auto output = Console::open(console, Stream::Output);
    TextSource five_thousand(std::string(5000, 'a'));
    CHECK(output->write(five_thousand, 0xFFFFFFFF).value() == 4096);
    TextSource few("abc");
    CHECK(output->write(few, 4).error() == FileError::BadAddress);
    CHECK(console->output() == std::string(4096, 'a'));
}

TEST_CASE("a stream is a pipe: no position, no mapping, one direction") {
    const auto console = make_ref<Console>("");
    const auto input = Console::open(console, Stream::Input);
    CHECK(input->status().type == FileType::Pipe);
    CHECK(input->seek(0, SeekFrom::Start).error() == FileError::NotSeekable);
    CHECK_FALSE(input->object());
    CHECK_FALSE(input->writable());
    CHECK_FALSE(Console::open(console, Stream::Output)->readable());
}

TEST_CASE("output outlives the streams") {
    const auto console = make_ref<Console>("");
    {
        const auto output = Console::open(console, Stream::Output);
        CHECK(console->ref_count() == 2);
        CHECK(vmlab_test::write_text(*output, "kept").ok());
    }
    CHECK(console->ref_count() == 1);
    CHECK(console->output() == "kept");
}
