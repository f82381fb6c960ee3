// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <vector>

#include "kernel/file_fixture.hpp"
#include "kernel/files/pipe.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

struct Pipes : FileFixture {
    RamFilesystem files{vm};
    std::vector<std::pair<WaitChannel::What, WakeWho>> woken;
    RamFilesystem::PipeEnds ends;  // closing them wakes

    Pipes() {
        files.set_waker([this](const WaitChannel& channel, WakeWho who) { woken.emplace_back(channel.what, who); });
        ends = files.make_pipe();
        woken.clear();
    }
    std::string read(std::uint32_t count) {
        TextSink sink;
        const FileCount done = ends.read->read(sink, count);
        REQUIRE(done.ok());
        CHECK(done.value() == sink.content.size());
        return sink.content;
    }
    FileError read_failure(std::uint32_t count) {
        TextSink sink;
        return ends.read->read(sink, count).error();
    }
    std::uint32_t write(std::size_t count, char letter = 'x') {
        return write_text(*ends.write, std::string(count, letter)).value();
    }
};

}  // namespace

TEST_CASE_FIXTURE(Pipes, "bytes come out as they went in, and the end comes after the last writer has gone") {
    CHECK(read_failure(1) == FileError::WouldBlock);
    CHECK(write_text(*ends.write, "hello ").value() == 6);
    CHECK(write_text(*ends.write, "world").value() == 5);
    CHECK(ends.read->unread_bytes() == 11);
    CHECK(read(3) == "hel");
    CHECK(read(0).empty());
    CHECK(read(100) == "lo world");
    CHECK(read_failure(1) == FileError::WouldBlock);
    write(2);
    ends.write = nullptr;
    CHECK(read(100) == "xx");
    CHECK(read(100).empty());
}

TEST_CASE_FIXTURE(Pipes, "a pipe holds 16 buffers of a page, and a small write stays whole") {
    CHECK(write(65536) == 65536);
    CHECK(write_text(*ends.write, "x").error() == FileError::WouldBlock);
    CHECK(read(1) == "x");
    CHECK(write_text(*ends.write, "x").error() == FileError::WouldBlock);  // the buffer is not yet free
    CHECK(read(4095).size() == 4095);
    CHECK(write(4096) == 4096);
    CHECK(read(65536).size() == 65536);
    for (int i = 0; i < 16; ++i) {
        CHECK(write(3000) == 3000);  // two do not fit into one buffer
    }
    CHECK(write_text(*ends.write, std::string(3000, 'x')).error() == FileError::WouldBlock);
    CHECK(write(1000) == 1000);  // but this fits behind the last one
    CHECK(ends.read->unread_bytes() == 49000);
}

TEST_CASE_FIXTURE(Pipes, "a large write goes in as far as there is room") {
    CHECK(write(60000) == 60000);
    // 60000 bytes took 15 buffers, the last of them 2656 long: the odd 808 of 9000 fit behind, and a page beside.
    CHECK(write(9000) == 808 + 4096);
    CHECK(write_text(*ends.write, std::string(5000, 'x')).error() == FileError::WouldBlock);
}

TEST_CASE_FIXTURE(Pipes, "without readers a write fails, whatever room there is") {
    ends.read = nullptr;
    CHECK(write_text(*ends.write, "x").error() == FileError::BrokenPipe);
    CHECK(write_text(*ends.write, "").value() == 0);
}

TEST_CASE_FIXTURE(Pipes, "memory that ends moves no part of a buffer") {
    TextSource nothing("abc");
    CHECK(ends.write->write(nothing, 10).error() == FileError::BadAddress);
    CHECK(ends.read->unread_bytes() == 0);
    write(10, 'a');
    TextSink narrow(4);
    CHECK(ends.read->read(narrow, 10).error() == FileError::BadAddress);
    CHECK(read(10) == "aaaaaaaaaa");
}

TEST_CASE_FIXTURE(Pipes, "packets are read one by one, and their rest is lost") {
    ends.write->set_packets(Pipe::Packets::Yes);
    write(10, 'a');
    write(3, 'b');
    CHECK(read(4) == "aaaa");
    CHECK(read(100) == "bbb");
    CHECK(read_failure(1) == FileError::WouldBlock);
}

TEST_CASE_FIXTURE(Pipes, "who changes a pipe wakes one of those who wait for that, who closes an end all") {
    using What = WaitChannel::What;
    write(5);
    CHECK(woken == std::vector{std::pair(What::Input, WakeWho::First), std::pair(What::Output, WakeWho::Next)});
    woken.clear();
    read(2);
    CHECK(woken == std::vector{std::pair(What::Output, WakeWho::Next), std::pair(What::Input, WakeWho::Next)});
    read(3);
    woken.clear();
    CHECK(read_failure(1) == FileError::WouldBlock);
    CHECK(woken.empty());
    ends.write = nullptr;
    CHECK(woken == std::vector{std::pair(What::Input, WakeWho::All)});
    woken.clear();
    ends.read = nullptr;
    CHECK(woken.back() == std::pair(What::Output, WakeWho::All));
}

TEST_CASE_FIXTURE(Pipes, "readiness tells what is in it, what fits, and who has gone") {
    const auto is = [](const Readiness& ready, bool input, bool output, bool hangup, bool error) {
        return ready.input == input && ready.output == output && ready.hangup == hangup && ready.error == error;
    };
    CHECK(is(ends.read->readiness(), false, false, false, false));
    CHECK(is(ends.write->readiness(), false, true, false, false));
    write(65536);
    CHECK(is(ends.read->readiness(), true, false, false, false));
    CHECK(is(ends.write->readiness(), false, false, false, false));
    auto other = files.make_pipe();
    other.read = nullptr;
    CHECK(is(other.write->readiness(), false, true, false, true));
    ends.write = nullptr;
    CHECK(is(ends.read->readiness(), true, false, true, false));
}

TEST_CASE_FIXTURE(Pipes, "the capacity is a power of two of pages that what is in it fits into") {
    Pipe& pipe = ends.read->pipe();
    CHECK(pipe.capacity() == 65536);
    CHECK(pipe.set_capacity(5000).ok());
    CHECK(pipe.capacity() == 8192);
    write(8192);
    CHECK(pipe.full());
    CHECK(pipe.set_capacity(4096).error() == FileError::Busy);
    CHECK(pipe.set_capacity(1U << 20).ok());
    CHECK(!pipe.full());
    CHECK(pipe.set_capacity(0).error() == FileError::Invalid);
    CHECK(pipe.set_capacity(0xFFFFFFFF).error() == FileError::Invalid);
}

TEST_CASE_FIXTURE(Pipes, "a FIFO opens when both ends are, and forgets its bytes with the last of them") {
    REQUIRE(files.make_node(FileType::Pipe, "/", "fifo", 0600).ok());
    const auto open = [this](OpenMode mode, BlockMode block) {
        return files.open("/", "fifo", {.mode = mode, .block_mode = block});
    };
    CHECK(open(OpenMode::Write, BlockMode::Refuse).error() == FileError::NoDevice);
    auto reader = open(OpenMode::Read, BlockMode::Wait).value();
    CHECK(reader->opening().has_value());
    CHECK(!reader->readiness().hangup);
    auto writer = open(OpenMode::Write, BlockMode::Wait).value();
    CHECK(!writer->opening().has_value());
    CHECK(!reader->opening().has_value());
    CHECK(write_text(*writer, "abc").value() == 3);
    writer = nullptr;
    CHECK(!reader->opening().has_value());  // it was open for a while
    CHECK(reader->readiness().hangup);
    CHECK(reader->unread_bytes() == 3);
    reader = nullptr;
    const auto both = open(OpenMode::ReadWrite, BlockMode::Wait).value();
    CHECK(!both->opening().has_value());
    CHECK(both->unread_bytes() == 0);
}

TEST_CASE_FIXTURE(FileFixture, "a pipe of so many bytes is full with them, however they were written") {
    RamFilesystem files{vm, {.pipe_bytes = 512}};
    const auto ends = files.make_pipe();
    const auto write = [&](std::size_t count, char letter) {
        return write_text(*ends.write, std::string(count, letter)).value();
    };
    const auto read = [&](std::uint32_t count) {
        TextSink sink;
        CHECK(ends.read->read(sink, count).ok());
        return sink.content;
    };
    CHECK(write(500, 'x') == 500);
    CHECK(write(1, 'x') == 1);
    CHECK(write(100, 'x') == 11);
    CHECK(write_text(*ends.write, "x").error() == FileError::WouldBlock);
    CHECK(read(10).size() == 10);
    CHECK(write(100, 'y') == 10);
    CHECK(read(1000) == std::string(502, 'x') + std::string(10, 'y'));
    CHECK(write(5000, 'z') == 512);
    CHECK(ends.read->unread_bytes() == 512);
}
