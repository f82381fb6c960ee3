// SPDX-License-Identifier: GPL-2.0-only
// Calls on sockets, and what they refuse. What several processes do with them, tests/programs shows.
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint32_t UNIX = 1, INET = 2, STREAM = 1, DGRAM = 2, SEQPACKET = 5;
constexpr std::uint32_t PEEK = 2, DONTWAIT = 0x40, WAITALL = 0x100, NOSIGNAL = 0x4000;
constexpr std::uint32_t AREA = SCRATCH + 0x200;
constexpr std::int32_t OPNOTSUPP = -95;

struct SocketCalls : ProcessFixture {
    std::uint32_t one = 0, other = 0;

    SocketCalls() { make(STREAM); }
    void make(std::uint32_t type) {
        REQUIRE(call(NR_socketpair, UNIX, type, 0, SCRATCH) == 0);
        one = get<std::uint32_t>(SCRATCH);
        other = get<std::uint32_t>(SCRATCH + 4);
    }
    std::int32_t send(std::uint32_t by, const std::string& text, std::uint32_t flags = 0) {
        return call(NR_sendto, by, put(text), text.size(), flags, 0, 0);
    }
    std::optional<std::int32_t> receive(std::uint32_t by, std::uint32_t count, std::uint32_t flags = 0) {
        return try_call(NR_recvfrom, by, SCRATCH, count, flags, 0, 0);
    }
    /// A socket's address, and how long it is.
    std::uint32_t put_address(const std::string& path) {
        put_value(AREA, std::uint16_t{UNIX});
        put(path, AREA + 2);
        return static_cast<std::uint32_t>(path.size()) + 3;
    }
};

}  // namespace

TEST_CASE_FIXTURE(SocketCalls, "a pair takes the two lowest numbers, and bytes go both ways") {
    CHECK(one == 3);
    CHECK(other == 4);
    CHECK(send(one, "hello") == 5);
    CHECK(call(NR_write, other, put("back"), 4) == 4);
    CHECK(receive(other, 3, PEEK) == 3);
    CHECK(receive(other, 100) == 5);
    CHECK(get_text(SCRATCH, 5) == "hello");
    CHECK(call(NR_read, one, SCRATCH, 100) == 4);
    CHECK(receive(one, 100, DONTWAIT) == AGAIN);
    CHECK(!receive(one, 100).has_value());
}

TEST_CASE_FIXTURE(SocketCalls, "what is asked for wholly is waited for") {
    CHECK(send(one, "abc") == 3);
    CHECK(!receive(other, 5, WAITALL).has_value());
    CHECK(send(one, "abc") == 3);
    CHECK(call(NR_shutdown, one, 1) == 0);
    CHECK(receive(other, 5, WAITALL) == 3);
}

TEST_CASE_FIXTURE(SocketCalls, "there are local sockets alone") {
    CHECK(call(NR_socket, INET, STREAM, 0) == AFNOSUPPORT);
    CHECK(call(NR_socket, 10, DGRAM, 0) == AFNOSUPPORT);
    CHECK(call(NR_socket, 16, DGRAM, 0) == AFNOSUPPORT);
    CHECK(call(NR_socket, UNIX, 4, 0) == SOCKTNOSUPPORT);
    CHECK(call(NR_socket, UNIX, 15, 0) == INVAL);
    CHECK(call(NR_socket, UNIX, STREAM, 6) == PROTONOSUPPORT);
    CHECK(call(NR_socket, UNIX, STREAM | 0x100, 0) == INVAL);
    CHECK(call(NR_socketpair, UNIX, STREAM, 0, UNMAPPED) == FAULT);
    CHECK(call(NR_sendto, 0, SCRATCH, 1, 0, 0, 0) == NOTSOCK);
    CHECK(call(NR_recvfrom, 99, SCRATCH, 1, 0, 0, 0) == BADF);
}

TEST_CASE_FIXTURE(SocketCalls, "who sends to nobody is told, and gets SIGPIPE unless told not to") {
    CHECK(call(NR_close, other) == 0);
    CHECK(send(one, "x", NOSIGNAL) == BROKEN_PIPE);
    CHECK(call(NR_recvfrom, one, SCRATCH, 1, 0, 0, 0) == 0);
    CHECK(send(one, "x") == BROKEN_PIPE);
    CHECK(kernel.run({.budget = 10}).reason == StopReason::Exited);
    CHECK(process.exit_signal() == Signal::Pipe);
}

TEST_CASE_FIXTURE(SocketCalls, "a full socket makes its writer wait, or takes what fits") {
    CHECK(call(NR_brk, 0x080ad000) == 0x080ad000);
    CHECK(!try_call(NR_write, one, SCRATCH, 300000).has_value());
    CHECK(call(NR_read, other, SCRATCH, 300000) == 219264);
    CHECK(call(NR_sendto, one, SCRATCH, 300000, DONTWAIT, 0, 0) == 219264);
    CHECK(call(NR_sendto, one, SCRATCH, 1, DONTWAIT, 0, 0) == AGAIN);
}

TEST_CASE_FIXTURE(SocketCalls, "all calls on sockets can be made by one number") {
    put_value(AREA, std::array<std::uint32_t, 6>{UNIX, DGRAM, 0, SCRATCH});
    CHECK(call(NR_socketcall, 8, AREA) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 5);
    put_value(AREA, std::array<std::uint32_t, 6>{5, put("text"), 4, 0});
    CHECK(call(NR_socketcall, 9, AREA) == 4);
    put_value(AREA, std::array<std::uint32_t, 6>{6, SCRATCH, 100, DONTWAIT, 0, 0});
    CHECK(call(NR_socketcall, 12, AREA) == 4);
    CHECK(call(NR_socketcall, 0, AREA) == INVAL);
    CHECK(call(NR_socketcall, 99, AREA) == INVAL);
    CHECK(call(NR_socketcall, 8, UNMAPPED) == FAULT);
}

TEST_CASE_FIXTURE(SocketCalls, "a socket with a name is found by it") {
    const std::uint32_t bytes = put_address("/tmp/s");
    CHECK(call(NR_socket, UNIX, STREAM, 0) == 5);
    CHECK(call(NR_connect, 5, AREA, bytes) == NOENT);
    CHECK(call(NR_listen, 5, 1) == INVAL);
    CHECK(call(NR_bind, 5, AREA, bytes) == 0);
    CHECK(call(NR_socket, UNIX, STREAM, 0) == 6);
    CHECK(call(NR_bind, 6, AREA, bytes) == ADDRINUSE);
    CHECK(call(NR_connect, 6, AREA, bytes) == CONNREFUSED);
    CHECK(call(NR_listen, 5, 1) == 0);
    CHECK(!try_call(NR_accept4, 5, 0, 0, 0).has_value());
    CHECK(call(NR_connect, 6, AREA, bytes) == 0);
    CHECK(call(NR_accept4, 5, 0, 0, 02000000) == 7);
    CHECK(send(6, "hello") == 5);
    CHECK(receive(7, 100) == 5);
    put_value(AREA, std::uint32_t{100});
    CHECK(call(NR_getsockname, 7, AREA + 4, AREA) == 0);
    CHECK(get<std::uint32_t>(AREA) == 9);
    CHECK(get_text(AREA + 6, 6) == "/tmp/s");
    CHECK(call(NR_getsockname, 7, UNMAPPED, AREA) == FAULT);
}

TEST_CASE_FIXTURE(SocketCalls, "an open file goes along, and gets a number where it arrives") {
    make(SEQPACKET);
    CHECK(call(NR_pipe, SCRATCH) == 0);
    const std::uint32_t pipe = get<std::uint32_t>(SCRATCH);
    put_value(SCRATCH, std::array<std::uint32_t, 2>{put("x", SCRATCH + 0x40), 1});
    put_value(AREA, std::array<std::uint32_t, 7>{0, 0, SCRATCH, 1, AREA + 0x40, 16, 0});
    put_value(AREA + 0x40, std::array<std::uint32_t, 4>{16, 1, 1, pipe});
    CHECK(call(NR_sendmsg, one, AREA, 0) == 1);
    CHECK(call(NR_close, pipe) == 0);
    CHECK(call(NR_recvmsg, other, AREA, 0) == 1);
    CHECK(get<std::array<std::uint32_t, 4>>(AREA + 0x40) == std::array<std::uint32_t, 4>{16, 1, 1, pipe});
    put_value(AREA + 0x40, std::array<std::uint32_t, 4>{16, 1, 1, 99});
    CHECK(call(NR_sendmsg, one, AREA, 0) == BADF);
    put_value(AREA + 0x40, std::array<std::uint32_t, 4>{11, 1, 1, pipe});
    CHECK(call(NR_sendmsg, one, AREA, 0) == INVAL);
    put_value(AREA + 0x40, std::array<std::uint32_t, 4>{16, 1, 9, pipe});
    CHECK(call(NR_sendmsg, one, AREA, 0) == INVAL);
    CHECK(call(NR_sendmsg, one, UNMAPPED, 0) == FAULT);
}

TEST_CASE_FIXTURE(SocketCalls, "options are told as on Linux") {
    put_value(AREA, std::uint32_t{4});
    CHECK(call(NR_getsockopt, one, 1, 3, SCRATCH, AREA) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == STREAM);
    put_value(SCRATCH, std::uint32_t{10000});
    CHECK(call(NR_setsockopt, one, 1, 7, SCRATCH, 4) == 0);
    CHECK(call(NR_getsockopt, one, 1, 7, SCRATCH, AREA) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 20000);
    CHECK(call(NR_getsockopt, one, 6, 3, SCRATCH, AREA) == OPNOTSUPP);
    CHECK(call(NR_getsockopt, one, 1, 3, SCRATCH, UNMAPPED) == FAULT);
    put_value(AREA, std::uint32_t{12});
    CHECK(call(NR_getsockopt, one, 1, 17, SCRATCH, AREA) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == process.pid());
}
