// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/timer_file.hpp"

#include <doctest/doctest.h>

#include "kernel/number_files.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

struct Timers : FileFixture {
    RamFilesystem files{vm};
    std::uint64_t now = 100;
    std::vector<WaitChannel> woken;

    Timers() {
        files.set_clock([this] { return now; });
        files.set_waker([this](const WaitChannel& channel, WakeWho) { woken.push_back(channel); });
    }
    void pass_to(std::uint64_t time) {
        now = time;
        files.timers().expire(now);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Timers, "a timer is ready from its time on until it is read") {
    const auto timer = files.make_timer();
    CHECK(files.timers().next() == NEVER);
    CHECK(failure(*timer, 8) == FileError::WouldBlock);
    timer->set({.at = 150});
    CHECK(files.timers().next() == 150);
    CHECK(timer->rest().left == 50);
    pass_to(149);
    CHECK(woken.empty());
    CHECK_FALSE(timer->readiness().input);
    pass_to(150);
    CHECK(woken == std::vector{*timer->wait_channel(Direction::Input)});
    CHECK(timer->readiness().input);
    CHECK(files.timers().next() == NEVER);
    CHECK(failure(*timer, 7) == FileError::Invalid);
    CHECK(take(*timer) == 1);
    CHECK(failure(*timer, 8) == FileError::WouldBlock);
    CHECK(timer->rest().left == 0);
}

TEST_CASE_FIXTURE(Timers, "an interval counts on, and wakes anew only for who has looked") {
    const auto timer = files.make_timer();
    timer->set({.at = 110, .interval = 10});
    pass_to(135);
    CHECK(woken.size() == 1);
    CHECK(files.timers().next() == NEVER);
    CHECK(timer->look().left == 5);
    CHECK(files.timers().next() == 140);
    pass_to(140);
    CHECK(woken.size() == 2);
    CHECK(take(*timer) == 4);
    CHECK(files.timers().next() == 150);
    timer->set({.at = 0, .interval = 7});
    CHECK(files.timers().next() == NEVER);
    CHECK(timer->rest().interval == 7);
    CHECK(timer->rest().left == 0);
}

TEST_CASE_FIXTURE(Timers, "the first of several is next, and one that is closed is none") {
    const auto late = files.make_timer();
    late->set({.at = 300});
    {
        const auto early = files.make_timer();
        early->set({.at = 200});
        CHECK(files.timers().next() == 200);
    }
    CHECK(files.timers().next() == 300);
    pass_to(299);
    CHECK(woken.empty());
}

TEST_CASE_FIXTURE(Timers, "a time that is over counts from then") {
    const auto timer = files.make_timer();
    timer->set({.at = 1, .interval = 30});
    CHECK(timer->readiness().input);
    CHECK(files.timers().next() == 1);
    CHECK(take(*timer) == 4);
    CHECK(timer->rest().left == 21);
}
