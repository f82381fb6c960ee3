// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "kernel/socket_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

/// What counts how many of it there are.
class CountedFile : public OpenFile {
public:
    explicit CountedFile(int& count) : OpenFile(OpenMode::Read, AppendMode::No), count_(count) { ++count_; }
    CountedFile(const CountedFile&) = delete;
    CountedFile& operator=(const CountedFile&) = delete;
    ~CountedFile() override { --count_; }
    FileCount read(ByteSink&, std::uint32_t) override { return std::uint32_t{0}; }
    FileCount write(ByteSource&, std::uint32_t) override { return std::uint32_t{0}; }
    [[nodiscard]] FileStatus status() const override { return {}; }
    [[nodiscard]] std::string path() const override { return ""; }

private:
    int& count_;
};

struct SentFiles : SocketFixture {
    int there = 0;
    Ref<OpenFile> make_file() { return make_ref<CountedFile>(there); }
};

}  // namespace

TEST_CASE_FIXTURE(SentFiles, "files go with the bytes that they were sent with") {
    const auto [one, other] = make_pair();
    (void)write_text(*one, "before");
    CHECK(send_files(*one, "with", {make_file()}).value() == 4);
    (void)write_text(*one, "after");
    {
        const SocketReceived received = receive(*other);
        CHECK(received.count == 10);
        CHECK(received.files.size() == 1);
        CHECK(there == 1);
    }
    CHECK(there == 0);
    CHECK(receive(*other).count == 5);
}

TEST_CASE_FIXTURE(SentFiles, "what is not received goes with the socket") {
    auto [one, other] = make_pair();
    (void)send_files(*one, "x", {make_file(), make_file()});
    CHECK(there == 2);
    other = nullptr;
    CHECK(there == 0);
}

TEST_CASE_FIXTURE(SentFiles, "sockets on their way to each other end with the last that can be reached") {
    for (const auto kind : {SocketKind::Stream, SocketKind::Datagram}) {
        auto [one, other] = make_pair(kind);
        (void)send_files(*one, "x", {one, other, make_file()});
        (void)send_files(*other, "x", {one, other});
        one = other = nullptr;
        CHECK(there == 1);
        files.sockets().collect();
        CHECK(there == 0);
    }
}

TEST_CASE_FIXTURE(SentFiles, "what a reachable socket will receive is reachable") {
    auto [one, other] = make_pair();
    auto [third, fourth] = make_pair();
    (void)send_files(*third, "x", {make_file()});
    (void)send_files(*one, "x", {fourth});
    fourth = nullptr;
    files.sockets().collect();
    CHECK(there == 1);
    const auto received = receive(*other);
    CHECK(read(*received.files.front()) == "x");
    CHECK(there == 0);
}

TEST_CASE_FIXTURE(SentFiles, "a connection that nobody accepted may carry its own listener") {
    auto listening = make(), client = make();
    REQUIRE(files.sockets().name(*listening->socket(), SocketName("\0name", 5)).ok());
    REQUIRE(listening->socket()->listen(1, {}).ok());
    REQUIRE(connect(*client, *listening).ok());
    (void)send_files(*client, "x", {listening, make_file()});
    listening = nullptr;
    CHECK(there == 1);
    client = nullptr;
    CHECK(there == 0);
}

TEST_CASE_FIXTURE(SocketFixture, "each kind has names of its own, and a number where none is given") {
    const auto one = make(), other = make(), third = make(SocketKind::Datagram);
    const SocketName name("\0x", 2);
    CHECK(files.sockets().name(*one->socket(), name).ok());
    CHECK(files.sockets().name(*other->socket(), name).error() == FileError::AddressInUse);
    CHECK(files.sockets().name(*third->socket(), name).ok());
    CHECK(files.sockets().find(SocketKind::Datagram, name) == third->socket().get());
    CHECK(files.sockets().name_by_number(*other->socket()).ok());
    CHECK(other->socket()->name() == SocketName("\0"
                                                "00001",
                                                6));
}
