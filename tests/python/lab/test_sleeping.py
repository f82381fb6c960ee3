# SPDX-License-Identifier: GPL-2.0-only
"""A process that sleeps lets others run."""

import vmlab

SLEEPERS = """
    #include <stdio.h>
    #include <sys/wait.h>
    #include <time.h>
    #include <unistd.h>
    static void rest(int seconds) {
        struct timespec time = {seconds, 0};
        nanosleep(&time, 0);
    }
    int main(void) {
        for (int seconds = 3; seconds >= 1; seconds--)
            if (fork() == 0) {
                rest(seconds);
                struct timespec now;
                clock_gettime(CLOCK_MONOTONIC, &now);
                _exit(now.tv_sec);
            }
        int order = 0;
        for (int child = 0; child < 3; child++) {
            int status = 0;
            wait(&status);
            order = 10 * order + WEXITSTATUS(status);
        }
        return order;
    }"""


def test_sleepers_wake_in_the_order_of_their_times() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(vmlab.c(SLEEPERS))
        stop = lab.run()
        assert (stop.reason, process.exit_status) == ("exited", 123)
        assert 3_000_000_000 <= lab.now < 3_100_000_000  # they slept at the same time
        lab.check()


def test_a_sleeper_takes_the_processor_when_its_time_comes() -> None:
    source = """
        #include <sys/wait.h>
        #include <time.h>
        #include <unistd.h>
        int main(void) {
            struct timespec time = {0, 20000};
            if (fork() == 0) {
                for (volatile int i = 0; i < 100000; i++)
                    ;
                _exit(1);
            }
            nanosleep(&time, 0);
            return waitpid(-1, 0, WNOHANG) == 0 ? 4 : 5;
        }"""
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run()
        assert process.exit_status == 4  # the child was still at it


def test_nobody_waits_for_a_sleeper_that_was_killed() -> None:
    source = """
        #include <sys/wait.h>
        #include <time.h>
        #include <unistd.h>
        static volatile char data[80 * 4096];
        static void touch(int pages) {
            for (int page = 0; page < pages; page++)
                data[page * 4096] = 1;
        }
        int main(void) {
            if (fork() == 0) {
                touch(60);
                struct timespec time = {1000, 0};
                nanosleep(&time, 0);
                _exit(1);
            }
            struct timespec time = {1, 0};
            nanosleep(&time, 0);
            touch(50);
            int status = 0;
            wait(&status);
            return WTERMSIG(status);
        }"""
    with vmlab.Lab(ram="1 MiB", frames=90, overcommit="always") as lab:
        process = lab.spawn(vmlab.c(source))
        stop = lab.run(budget=1_000_000)
        assert (stop.reason, process.exit_status) == ("exited", 9)
        assert lab.now < 2_000_000_000
        lab.check()


def test_the_swapper_comes_while_everybody_sleeps() -> None:
    source = """
        #include <time.h>
        static int data[4096] = {1};
        int main(void) {
            struct timespec time = {40, 0};
            nanosleep(&time, 0);
            return data[0] + data[4095];
        }"""
    with vmlab.Lab(ram="1 MiB", swap="256 KiB", profile="windows") as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until="working_set_emptied")
        assert 15_000_000_000 <= lab.now < 15_100_000_000
        assert process.stack_slot is not None
        lab.check()
        lab.run()
        assert process.exit_status == 1
        assert 40_000_000_000 <= lab.now < 40_100_000_000
        assert lab.workers["swapper"].times == 2


def test_a_check_while_a_child_borrows_its_parents_memory() -> None:
    source = """
        #include <sys/wait.h>
        #include <unistd.h>
        int main(void) {
            if (vfork() == 0)
                _exit(0);
            wait(0);
            return 0;
        }"""
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until=vmlab.event("fork", borrowed=1))
        lab.check()
        lab.run()
        assert process.exit_status == 0
