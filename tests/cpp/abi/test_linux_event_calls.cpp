// SPDX-License-Identifier: GPL-2.0-only
// Counts and sets of files that are watched together, and what they refuse.
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint32_t IN = 1, OUT = 4, HANGUP = 0x10, ONCE = 1U << 30, EDGE = 1U << 31;
constexpr std::uint32_t ADD = 1, REMOVE = 2, CHANGE = 3;
constexpr std::uint32_t FOUND = SCRATCH + 0x200;

struct EventCalls : ProcessFixture {
    std::uint32_t set = 0, read_end = 0, write_end = 0;

    EventCalls() {
        set = static_cast<std::uint32_t>(call(NR_epoll_create1, 0));
        REQUIRE(call(NR_pipe, SCRATCH) == 0);
        read_end = get<std::uint32_t>(SCRATCH);
        write_end = get<std::uint32_t>(SCRATCH + 4);
    }
    std::int32_t control(std::uint32_t operation, std::uint32_t descriptor, std::uint32_t events) {
        put_value(SCRATCH, std::array<std::uint32_t, 3>{events, descriptor, 7});
        return call(NR_epoll_ctl, set, operation, descriptor, SCRATCH);
    }
    std::int32_t ready() { return call(NR_epoll_wait, set, FOUND, 10, 0); }
    /// What is told of the first that is ready.
    std::array<std::uint32_t, 3> found(std::uint32_t number = 0) {
        return get<std::array<std::uint32_t, 3>>(FOUND + 12 * number);
    }
    void write() { REQUIRE(call(NR_write, write_end, put("x"), 1) == 1); }
};

}  // namespace

TEST_CASE_FIXTURE(EventCalls, "what is ready is told until it is no more") {
    CHECK(control(ADD, read_end, IN) == 0);
    CHECK(ready() == 0);
    CHECK(!try_call(NR_epoll_wait, set, FOUND, 10, -1).has_value());
    write();
    CHECK(ready() == 1);
    CHECK(found() == std::array<std::uint32_t, 3>{IN, read_end, 7});
    CHECK(ready() == 1);
    CHECK(call(NR_read, read_end, SCRATCH, 1) == 1);
    CHECK(ready() == 0);
    CHECK(control(ADD, write_end, OUT) == 0);
    CHECK(ready() == 1);
}

TEST_CASE_FIXTURE(EventCalls, "by edge only news is told, and once is once") {
    CHECK(control(ADD, read_end, IN | EDGE) == 0);
    write();
    CHECK(ready() == 1);
    CHECK(ready() == 0);
    write();
    CHECK(ready() == 1);
    CHECK(control(CHANGE, read_end, IN | ONCE) == 0);
    CHECK(ready() == 1);
    write();
    CHECK(ready() == 0);
    CHECK(control(CHANGE, read_end, IN) == 0);
    CHECK(ready() == 1);
}

TEST_CASE_FIXTURE(EventCalls, "what is closed leaves, with what there was of it") {
    CHECK(control(ADD, read_end, IN) == 0);
    write();
    CHECK(call(NR_close, read_end) == 0);
    CHECK(ready() == 0);
    CHECK(call(NR_dup2, write_end, read_end) == static_cast<std::int32_t>(read_end));
    CHECK(control(REMOVE, read_end, 0) == NOENT);
    CHECK(call(NR_close, set) == 0);
    CHECK(call(NR_write, 1, put("x"), 1) == 1);
}

TEST_CASE_FIXTURE(EventCalls, "a set in a set is ready when something in it is") {
    const auto outer = static_cast<std::uint32_t>(call(NR_epoll_create1, 0));
    CHECK(control(ADD, read_end, IN) == 0);
    put_value(SCRATCH, std::array<std::uint32_t, 3>{IN, 1, 2});
    CHECK(call(NR_epoll_ctl, outer, ADD, set, SCRATCH) == 0);
    CHECK(call(NR_epoll_ctl, set, ADD, outer, SCRATCH) == LOOP);
    CHECK(call(NR_epoll_wait, outer, FOUND, 10, 0) == 0);
    write();
    CHECK(call(NR_epoll_wait, outer, FOUND, 10, 0) == 1);
    CHECK(found() == std::array<std::uint32_t, 3>{IN, 1, 2});
    CHECK(call(NR_close, set) == 0);
    CHECK(call(NR_epoll_wait, outer, FOUND, 10, 0) == 0);
    CHECK(call(NR_close, outer) == 0);
    write();
}

TEST_CASE_FIXTURE(EventCalls, "a hangup is told unasked") {
    CHECK(control(ADD, read_end, 0) == 0);
    CHECK(call(NR_close, write_end) == 0);
    CHECK(ready() == 1);
    CHECK(found()[0] == HANGUP);
}

TEST_CASE_FIXTURE(EventCalls, "what cannot be watched or named is refused") {
    const auto file = static_cast<std::uint32_t>(call(NR_open, put("/tmp/f"), O_CREATE | O_BOTH, 0644));
    CHECK(control(ADD, file, IN) == PERM);
    CHECK(control(ADD, set, IN) == INVAL);
    CHECK(control(ADD, 99, IN) == BADF);
    CHECK(control(CHANGE, read_end, IN) == NOENT);
    CHECK(control(ADD, read_end, IN) == 0);
    CHECK(control(ADD, read_end, IN) == EXIST);
    CHECK(control(9, read_end, IN) == INVAL);
    CHECK(call(NR_epoll_ctl, set, ADD, write_end, UNMAPPED) == FAULT);
    CHECK(call(NR_epoll_ctl, read_end, ADD, write_end, SCRATCH) == INVAL);
    CHECK(call(NR_epoll_wait, set, FOUND, 0, 0) == INVAL);
    CHECK(call(NR_epoll_wait, set, 0xBFFFFFFF, 1, 0) == FAULT);
    write();
    CHECK(call(NR_epoll_wait, set, UNMAPPED, 1, 0) == FAULT);
    CHECK(ready() == 1);
    CHECK(call(NR_epoll_create1, 1) == INVAL);
}

TEST_CASE_FIXTURE(EventCalls, "a count is an open file that reads and writes eight bytes") {
    const auto count = static_cast<std::uint32_t>(call(NR_eventfd2, 3, O_NONBLOCKING));
    CHECK(control(ADD, count, IN) == 0);
    CHECK(ready() == 1);
    CHECK(call(NR_read, count, SCRATCH, 8) == 8);
    CHECK(get<std::uint64_t>(SCRATCH) == 3);
    CHECK(call(NR_read, count, SCRATCH, 8) == AGAIN);
    CHECK(ready() == 0);
    CHECK(call(NR_write, count, SCRATCH, 4) == INVAL);
    CHECK(call(NR_pread64, count, SCRATCH, 8, 0, 0) == SPIPE);
    CHECK(call(NR_eventfd2, 0, 2) == INVAL);
}
