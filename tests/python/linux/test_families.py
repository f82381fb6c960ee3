# SPDX-License-Identifier: GPL-2.0-only
"""Whose child is whose, and what time a process has used, as the lab shows it."""

from typing import Any

import pytest

import vmlab

START = """
    #include <sched.h>
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/mman.h>
    #include <sys/resource.h>
    #include <sys/syscall.h>
    #include <sys/time.h>
    #include <sys/times.h>
    #include <sys/wait.h>
    #include <unistd.h>
    static volatile unsigned sink;
    static void work(int rounds) { for (int i = 0; i < rounds; i++) sink++; }
    static int subreaper(void) { return (int)syscall(SYS_prctl, 36, 1, 0, 0, 0); }
"""

# The child ends at once, and leaves a grandchild that waits for its parent to be another.
ORPHAN = """
    int main(int count, char **arguments) {
        if (count > 1) subreaper();
        pid_t child = fork();
        if (child == 0) {
            pid_t former = getpid();
            if (fork() == 0) {
                while (getppid() == former) sched_yield();
                _exit(getppid());
            }
            _exit(0);
        }
        waitpid(child, 0, 0);
        return waitpid(-1, 0, 0) > 0 ? 1 : 2;
    }"""


def run(source: str, *args: str, **config: Any) -> tuple[vmlab.Lab, vmlab.Process]:
    lab = vmlab.Lab(ram="4 MiB", **config)
    process = lab.spawn(vmlab.c(START + source), args)
    assert lab.run(budget=50_000_000).reason == "exited"
    lab.check()
    return lab, process


def parent_of(process: vmlab.Process) -> int | None:
    return None if process.parent is None else process.parent.pid


def children_of(process: vmlab.Process) -> list[int]:
    return [child.pid for child in process.children]


def test_an_orphan_is_told_of_init_and_nobody_waits_for_it() -> None:
    lab, process = run(ORPHAN)
    with lab:
        child, grandchild = lab.processes[1:]
        assert process.exit_status == 2
        assert (parent_of(child), parent_of(grandchild)) == (process.pid, None)
        assert grandchild.exit_status == 1  # what getppid() said
        assert children_of(process) == [child.pid]


def test_a_subreaper_takes_orphans_in() -> None:
    lab, process = run(ORPHAN, "orphan", "takes")
    with lab:
        child, grandchild = lab.processes[1:]
        assert process.exit_status == 1
        assert parent_of(grandchild) == process.pid
        assert grandchild.exit_status == process.pid
        assert children_of(process) == [child.pid, grandchild.pid]


def test_the_first_process_has_no_parent() -> None:
    lab, process = run("int main(void) { return getppid(); }")
    with lab:
        assert (process.exit_status, process.parent) == (0, None)


def test_instructions_are_each_ones_own_and_together_the_labs() -> None:
    lab, process = run(
        "int main(void) { if (fork() == 0) { work(1000); _exit(0); } work(5000); wait(0); work(100); return 0; }"
    )
    with lab:
        (child,) = process.children
        assert process.counters.instructions > 4 * child.counters.instructions > 4000
        assert process.counters.instructions + child.counters.instructions == lab.counters.instructions


def test_a_process_is_told_the_time_that_the_lab_counts() -> None:
    lab, process = run(
        """int main(void) {
            struct rusage own, children;
            if (fork() == 0) { work(200000); _exit(0); }
            wait(0);
            work(50000);
            getrusage(RUSAGE_SELF, &own);
            getrusage(RUSAGE_CHILDREN, &children);
            printf("%ld %ld %ld\\n", own.ru_utime.tv_usec, children.ru_utime.tv_usec, own.ru_stime.tv_usec);
            return 0;
        }"""
    )
    with lab:
        own, children, system = map(int, process.stdout_text.split())
        (child,) = process.children
        assert children == child.counters.instructions // 1000 > 100
        assert process.counters.instructions // 1000 - 10 <= own <= process.counters.instructions // 1000
        assert system == 0  # crossings take no simulated time


@pytest.mark.parametrize(("which", "signal"), [("ITIMER_VIRTUAL", 26), ("ITIMER_PROF", 27)])
def test_a_timer_of_own_time_expires_to_the_instruction_whoever_else_runs(which: str, signal: int) -> None:
    source = f"""
        static void handler(int number) {{ _exit(number); }}
        int main(void) {{
            struct itimerval timer = {{{{0, 0}}, {{0, 300}}}};
            signal({signal}, handler);
            if (fork() == 0) for (;;) work(1);
            setitimer({which}, &timer, 0);
            for (;;) work(1);
        }}"""
    with vmlab.Lab(ram="4 MiB") as lab:
        process = lab.spawn(vmlab.c(START + source))
        setitimer = vmlab.event("syscall_return", number=104)
        assert lab.run(until=setitimer).reason == "event"
        before = process.counters.instructions
        assert lab.run(until="signal_delivered", budget=50_000_000).reason == "event"
        assert process.counters.instructions - before == 300_000
        (other,) = process.children
        assert other.counters.instructions > 100_000  # which did not count


def test_a_made_timer_says_how_often_it_would_have_expired() -> None:
    lab, process = run(
        """static int overrun = -1;
        static void handler(int number, siginfo_t *info, void *context) {
            (void)number, (void)context;
            overrun = info->words[1];
        }
        int main(void) {
            struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
            int id, event[16] = {7, SIGUSR1}, each_millisecond[4] = {0, 1000000, 0, 1000000};
            sigset_t set, old;
            sigaction(SIGUSR1, &action, NULL);
            sigemptyset(&set);
            sigaddset(&set, SIGUSR1);
            sigprocmask(SIG_BLOCK, &set, &old);
            syscall(259, 1, event, &id);
            syscall(260, id, 0, each_millisecond, NULL);
            int rest[2] = {0, 10500000};
            syscall(162, rest, NULL);
            sigprocmask(SIG_SETMASK, &old, NULL);
            printf("%d %ld\\n", overrun, syscall(262, id));
            return 0;
        }"""
    )
    with lab:
        # Told of at 1 ms, taken at 10.5: nine more since.
        assert process.stdout_text == "9 9\n"


def test_a_nice_process_gets_a_smaller_share() -> None:
    source = """int main(void) {
        if (fork() == 0) { nice(5); for (;;) work(1); }
        for (;;) work(1);
    }"""
    with vmlab.Lab(ram="4 MiB") as lab:
        process = lab.spawn(vmlab.c(START + source))
        lab.run(budget=20_000_000)
        (nice,) = process.children
        share = process.counters.instructions / nice.counters.instructions
        assert share == pytest.approx((5 / 4) ** 5, rel=0.05)


def test_who_yields_lets_the_next_run() -> None:
    source = """int main(void) {
        volatile int *turns = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (fork() == 0) { for (;;) { turns[0]++; sched_yield(); } }
        for (int i = 0; i < 100; i++) sched_yield();
        return turns[0];
    }"""
    with vmlab.Lab(ram="4 MiB") as lab:
        process = lab.spawn(vmlab.c(START + source))
        lab.run(until=vmlab.event("process_exited"), budget=1_000_000)
        assert process.exit_status in (99, 100)


def test_a_thread_that_executes_a_program_is_the_process() -> None:
    source = """
        static char **own;
        static int execute(void *argument) {
            char *again[] = {own[0], argument, 0};
            execve("/proc/self/exe", again, environ);
            return 1;
        }
        int main(int count, char **arguments) {
            if (count > 1) return getpid() == syscall(SYS_gettid) ? 7 : 8;
            own = arguments;
            char *stack = malloc(16384);
            clone(execute, stack + 16384, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, "again");
            for (;;) pause();
        }"""
    with vmlab.Lab(ram="4 MiB") as lab:
        process = lab.spawn(vmlab.c(START + source))
        assert lab.run(until="exec").reason == "event"
        assert process.alive
        assert not lab.process(2).alive
        assert process.maps  # those of the new program
        assert lab.run().reason == "exited"
        assert process.exit_status == 7
        (call,) = (call for call in lab.events.syscalls if call.name == "execve")
        assert (call.pid, call.result) == (2, 0)
        lab.check()


def test_an_end_that_another_causes_is_logged_as_its_own() -> None:
    source = """
        static void *list[3] = {list, 0, 0};
        int main(void) {
            pid_t child = fork();
            if (child == 0) {
                syscall(SYS_set_robust_list, list, sizeof list);
                for (;;) pause();
            }
            sched_yield();
            kill(child, SIGKILL);
            return waitpid(child, 0, 0) == child ? 0 : 1;
        }"""
    lab, process = run(source)
    with lab:
        (child,) = process.children
        ends = [(event.pid, event.signal) for event in lab.events if event.name == "process_exited"]
        assert ends == [(child.pid, 9), (process.pid, 0)]
