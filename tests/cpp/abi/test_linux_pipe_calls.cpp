// SPDX-License-Identifier: GPL-2.0-only
// Calls that may wait: pipes, FIFOs, poll and select. What several processes do with them, tests/programs shows.
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint32_t IN = 1, OUT = 4, ERROR = 8, HANGUP = 0x10, NOT_OPEN = 0x20;
constexpr std::uint32_t FOR_EVER = 0xFFFFFFFF;
constexpr std::uint64_t MILLISECOND = 1'000'000;

struct PipeCalls : ProcessFixture {
    std::uint32_t read_end = 0, write_end = 0;

    PipeCalls() {
        REQUIRE(call(NR_pipe, SCRATCH) == 0);
        read_end = get<std::uint32_t>(SCRATCH);
        write_end = get<std::uint32_t>(SCRATCH + 4);
    }
    void set_nonblocking(std::uint32_t descriptor) {
        constexpr std::uint32_t SETFL = 4;
        REQUIRE(call(NR_fcntl64, descriptor, SETFL, O_NONBLOCKING) == 0);
    }
    /// Three words a descriptor: it, what is asked; returns what the call does.
    std::optional<std::int32_t> poll_one(std::uint32_t descriptor, std::uint32_t events, std::uint32_t timeout) {
        put_value(SCRATCH, std::array{descriptor, events});
        return try_call(NR_poll, SCRATCH, 1, timeout);
    }
    std::uint32_t found() { return get<std::uint16_t>(SCRATCH + 6); }
};

}  // namespace

TEST_CASE_FIXTURE(PipeCalls, "a pipe takes the two lowest numbers, or none") {
    CHECK(read_end == 3);
    CHECK(write_end == 4);
    CHECK(call(NR_pipe, UNMAPPED) == FAULT);
    CHECK(call(NR_pipe, 0x0804cffc) == FAULT);  // half of it is there
    CHECK(call(NR_pipe2, SCRATCH, 1) == INVAL);
    CHECK(call(NR_dup, 0) == 5);
    for (std::int32_t next = 6; next < 1023; ++next) {
        REQUIRE(call(NR_dup, 0) == next);
    }
    CHECK(call(NR_pipe, SCRATCH) == MFILE);
    CHECK(call(NR_dup, 0) == 1023);
    CHECK(call(NR_dup, 0) == MFILE);
    CHECK(call(NR_open, put("/none"), 0, 0) == MFILE);
}

TEST_CASE_FIXTURE(PipeCalls, "who reads what nobody can write waits for ever, unless told not to") {
    CHECK(!try_call(NR_read, read_end, SCRATCH, 1).has_value());
    CHECK(call(NR_read, read_end, SCRATCH, 0) == 0);
    set_nonblocking(read_end);
    CHECK(call(NR_read, read_end, SCRATCH, 1) == AGAIN);
    CHECK(call(NR_write, write_end, put("ab"), 2) == 2);
    CHECK(call(NR_read, read_end, SCRATCH, 10) == 2);
    CHECK(call(NR_close, write_end) == 0);
    CHECK(call(NR_read, read_end, SCRATCH, 10) == 0);
}

TEST_CASE_FIXTURE(PipeCalls, "who writes into a full pipe waits for ever, or writes what fits") {
    CHECK(call(NR_brk, 0x0806d000) == 0x0806d000);
    CHECK(!try_call(NR_write, write_end, SCRATCH, 70000).has_value());
    CHECK(call(NR_read, read_end, SCRATCH, 65536) == 65536);
    set_nonblocking(write_end);
    CHECK(call(NR_write, write_end, SCRATCH, 70000) == 65536);
    CHECK(call(NR_write, write_end, SCRATCH, 1) == AGAIN);
}

TEST_CASE_FIXTURE(PipeCalls, "a write that nobody can read raises SIGPIPE, and is EPIPE where that is blocked") {
    CHECK(call(NR_close, read_end) == 0);
    put_value(SCRATCH, std::uint64_t{1} << 12);
    CHECK(call(NR_rt_sigprocmask, 0, SCRATCH, 0, 8) == 0);
    CHECK(call(NR_write, write_end, SCRATCH, 1) == BROKEN_PIPE);
    CHECK(call(NR_write, write_end, SCRATCH, 0) == 0);
    put_value(SCRATCH, std::uint64_t{0});
    call(NR_rt_sigprocmask, 2, SCRATCH, 0, 8);
    CHECK(kernel.run({.budget = 10}).reason == StopReason::Exited);
    CHECK(!process.alive());
    CHECK(process.exit_signal() == Signal::Pipe);
}

TEST_CASE_FIXTURE(PipeCalls, "a write wakes nobody who does not wait, and a process that is killed leaves its place") {
    CHECK(call(NR_read, read_end, SCRATCH, 0) == 0);
    CHECK(process.file_wait.channels.empty());
    CHECK(!try_call(NR_read, read_end, SCRATCH, 1).has_value());
    kernel.end_process(process, 0, Signal::Kill);
    CHECK(process.file_wait.channels.empty());
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(PipeCalls, "a FIFO waits for its other end, and whoever ends meanwhile gives its number back") {
    CHECK(call(NR_mknod, put("/fifo"), 0010600, 0) == 0);
    CHECK(call(NR_open, put("/fifo"), O_WRITE | O_NONBLOCKING, 0) == -6);
    CHECK(call(NR_open, put("/fifo"), O_NONBLOCKING, 0) == 5);
    CHECK(call(NR_open, put("/fifo"), O_WRITE, 0) == 6);
    CHECK(call(NR_close, 5) == 0);
    CHECK(!try_call(NR_open, put("/fifo"), O_WRITE, 0).has_value());
}

TEST_CASE_FIXTURE(PipeCalls, "poll finds what is ready, and what nobody asked for") {
    CHECK(poll_one(read_end, IN | OUT, 0) == 0);
    CHECK(poll_one(write_end, IN | OUT, FOR_EVER) == 1);
    CHECK(found() == OUT);
    CHECK(poll_one(99, IN, FOR_EVER) == 1);
    CHECK(found() == NOT_OPEN);
    CHECK(call(NR_write, write_end, SCRATCH, 1) == 1);
    CHECK(poll_one(read_end, IN, FOR_EVER) == 1);
    CHECK(found() == IN);
    CHECK(call(NR_close, write_end) == 0);
    CHECK(poll_one(read_end, 0, FOR_EVER) == 1);
    CHECK(found() == HANGUP);
    CHECK(poll_one(0, IN | OUT, FOR_EVER) == 1);
    CHECK(found() == (IN | HANGUP));
    CHECK(poll_one(1, IN | OUT, FOR_EVER) == 1);
    CHECK(found() == OUT);
    CHECK(call(NR_pipe, SCRATCH) == 0);
    const auto other = get<std::array<std::uint32_t, 2>>(SCRATCH);
    CHECK(call(NR_close, other[0]) == 0);
    CHECK(poll_one(other[1], 0, FOR_EVER) == 1);
    CHECK(found() == ERROR);
    CHECK(call(NR_poll, UNMAPPED, 1, 0) == FAULT);
    CHECK(call(NR_poll, SCRATCH, 2000, 0) == INVAL);
}

TEST_CASE_FIXTURE(PipeCalls, "poll waits for its time, or for ever") {
    const std::uint64_t before = kernel.now();
    CHECK(poll_one(read_end, IN, 5) == 0);
    CHECK(kernel.now() - before >= 5 * MILLISECOND);
    CHECK(kernel.now() - before < 6 * MILLISECOND);
    CHECK(!poll_one(read_end, IN, FOR_EVER).has_value());
    CHECK(!try_call(NR_poll, 0, 0, FOR_EVER).has_value());
    CHECK(poll_one(0xFFFFFFFF, IN, 1) == 0);
}

TEST_CASE_FIXTURE(PipeCalls, "ppoll and select say how much of their time is left") {
    put_value(SCRATCH, std::array{read_end, IN});
    put_value(SCRATCH + 0x100, std::array{1U, 500U});
    CHECK(call(NR_write, write_end, SCRATCH, 1) == 1);
    CHECK(call(NR_ppoll, SCRATCH, 1, SCRATCH + 0x100, 0, 0) == 1);
    const auto left = get<std::array<std::uint32_t, 2>>(SCRATCH + 0x100);
    CHECK(left[0] * 1'000'000'000ULL + left[1] > 900'000'000);
    CHECK(left[0] * 1'000'000'000ULL + left[1] <= 1'000'000'500);
    CHECK(call(NR_read, read_end, SCRATCH, 1) == 1);
    put_value(SCRATCH, 1U << read_end);
    put_value(SCRATCH + 0x100, std::array{0U, 1000U});
    const std::uint64_t before = kernel.now();
    CHECK(call(NR_select, read_end + 1, SCRATCH, 0, 0, SCRATCH + 0x100) == 0);
    CHECK(kernel.now() - before >= MILLISECOND);
    CHECK(get<std::uint32_t>(SCRATCH) == 0);
    CHECK(get<std::array<std::uint32_t, 2>>(SCRATCH + 0x100) == std::array{0U, 0U});
    put_value(SCRATCH, std::array{1U << read_end | 1U << write_end, 0U});
    put_value(SCRATCH + 8, std::array{1U << read_end | 1U << write_end, 0U});
    CHECK(call(NR_select, 5, SCRATCH, SCRATCH + 8, 0, 0) == 1);
    CHECK(get<std::uint32_t>(SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH + 8) == 1U << write_end);
    put_value(SCRATCH, 1U << 20);
    CHECK(call(NR_select, 21, SCRATCH, 0, 0, 0) == BADF);
    CHECK(call(NR_select, 0xFFFFFFFF, SCRATCH, 0, 0, 0) == INVAL);
    CHECK(call(NR_select, 4, UNMAPPED, 0, 0, 0) == FAULT);
}

TEST_CASE_FIXTURE(PipeCalls, "what is to be read can be asked, and what blocks can be set") {
    constexpr std::uint32_t UNREAD = 0x541B, NONBLOCKING = 0x5421;
    CHECK(call(NR_write, write_end, SCRATCH, 77) == 77);
    CHECK(call(NR_ioctl, read_end, UNREAD, SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 77);
    CHECK(call(NR_ioctl, read_end, UNREAD, UNMAPPED) == FAULT);
    CHECK(call(NR_ioctl, 0, UNREAD, SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 5);
    CHECK(call(NR_read, read_end, SCRATCH, 100) == 77);
    put_value(SCRATCH, 1U);
    CHECK(call(NR_ioctl, read_end, NONBLOCKING, SCRATCH) == 0);
    CHECK(call(NR_read, read_end, SCRATCH, 100) == AGAIN);
}

TEST_CASE_FIXTURE(PipeCalls, "sendfile into a full pipe waits, and its offset stays until it is over") {
    REQUIRE(kernel.filesystem().add_file("/data", std::string(100'000, 'x'), 0644).ok());
    CHECK(call(NR_open, put("/data"), 0, 0) == 5);
    set_nonblocking(write_end);
    put_value(SCRATCH, std::uint64_t{10});
    CHECK(call(NR_sendfile64, write_end, 5, SCRATCH, 100'000) == 65526);  // a buffer a page of the file
    CHECK(get<std::uint64_t>(SCRATCH) == 65536);
    CHECK(call(NR_sendfile64, write_end, 5, SCRATCH, 100'000) == AGAIN);
    CHECK(get<std::uint64_t>(SCRATCH) == 65536);
}

TEST_CASE_FIXTURE(PipeCalls, "the machine and its files tell of themselves") {
    CHECK(call(NR_sysinfo, SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH + 16) == 4U << 20);
    CHECK(get<std::uint16_t>(SCRATCH + 40) == 1);
    CHECK(call(NR_sysinfo, 0x0804cff0) == FAULT);
    CHECK(call(NR_statfs64, put("/tmp", SCRATCH + 0x200), 84, SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 0x01021994);
    CHECK(get<std::uint64_t>(SCRATCH + 8) == 1024);
    CHECK(call(NR_statfs64, SCRATCH + 0x200, 88, SCRATCH) == INVAL);
    CHECK(call(NR_statfs64, put("/none", SCRATCH + 0x200), 84, SCRATCH) == NOENT);
    CHECK(call(NR_fstatfs, 99, SCRATCH) == BADF);
    CHECK(call(NR_getcpu, SCRATCH, SCRATCH + 4, 0) == 0);
    CHECK(get<std::uint64_t>(SCRATCH) == 0);
    CHECK(call(NR_fsync, 0) == INVAL);
}
