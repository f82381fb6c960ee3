# SPDX-License-Identifier: GPL-2.0-only
"""Processes of xv6: fork, exit, wait, kill, sleep, exec, and how many there may be."""

import pytest
from tests.python.xv6.running import console_of, finished, guest

import vmlab


def test_wait_tells_the_child_that_ended_and_fails_without_one() -> None:
    program = guest(
        """
        int child = fork();
        if (child == 0) { printf("child %d\\n", getpid()); fflush(stdout); _exit(0); }
        printf("%d\\n", wait(NULL) == child);
        printf("%d\\n", wait(NULL));
        """
    )
    assert console_of(program) == "child 2\n1\n-1\n"


def test_a_child_has_the_memory_of_its_parent_and_changes_its_own() -> None:
    program = guest(
        """
        int value = 5, ends[2];
        pipe(ends);
        if (fork() == 0) { value++; write(ends[1], &value, 4); _exit(0); }
        int seen;
        read(ends[0], &seen, 4);
        wait(NULL);
        printf("%d %d\\n", value, seen);
        """
    )
    assert console_of(program) == "5 6\n"


def test_there_are_64_processes_at_most_and_those_that_ended_count_until_they_were_waited_for() -> None:
    program = guest(
        """
        int children = 0;
        for (int pid; (pid = fork()) >= 0; children++)
            if (pid == 0) _exit(0);
        printf("%d\\n", children);
        printf("%d\\n", wait(NULL) > 0);
        int again = fork();
        if (again == 0) _exit(0);
        printf("%d\\n", again > 0);
        while (wait(NULL) > 0) children--;
        printf("%d\\n", children);
        """
    )
    assert console_of(program) == "63\n1\n1\n0\n"


def test_kill_ends_who_spins_who_sleeps_and_who_waits() -> None:
    program = guest(
        """
        int ends[2], pids[4];
        pipe(ends);
        if ((pids[0] = fork()) == 0) for (;;) ;
        if ((pids[1] = fork()) == 0) for (;;) sleep(1000);
        if ((pids[2] = fork()) == 0) { char byte; read(ends[0], &byte, 1); _exit(0); }
        if ((pids[3] = fork()) == 0) {
            if (fork() == 0) { syscall(13, 20); _exit(0); }
            wait(NULL);
            _exit(0);
        }
        syscall(13, 2);
        for (int i = 0; i < 4; i++) printf("%d", kill(pids[i], 0));
        for (int i = 0; i < 4; i++) printf(" %d", wait(NULL) > 0);
        printf(" %d %d %d\\n", wait(NULL), kill(pids[0], 0), kill(999, 0));
        """
    )
    with finished(program) as lab:
        assert lab.console == b"0000 1 1 1 1 -1 -1 -1\n"
        assert [process.signal for process in lab.processes] == [None, 9, 9, 9, 9, None]


def test_a_timer_takes_the_processor_from_who_spins() -> None:
    program = guest(
        """
        int child = fork();
        if (child == 0) for (;;) ;
        printf("parent\\n");
        fflush(stdout);
        kill(child, 0);
        wait(NULL);
        """
    )
    assert console_of(program) == "parent\n"


def test_sleep_takes_ticks_and_uptime_counts_them() -> None:
    program = guest(
        """
        int before = (int)syscall(14);
        syscall(13, 7);
        printf("%d\\n", (int)syscall(14) - before);
        printf("%d\\n", (int)syscall(13, 0));
        """
    )
    assert console_of(program) == "7\n0\n"


def test_exec_replaces_the_program_and_keeps_descriptors() -> None:
    echo = guest('for (int i = 1; i < argc; i++) dprintf(1, "%s%s", argv[i], i + 1 < argc ? " " : "\\n");', name="echo")
    program = guest(
        """
        char *words[] = {"echo", "some", "words", NULL};
        int ends[2];
        pipe(ends);
        if (fork() == 0) {
            close(1);
            dup(ends[1]);
            execv("echo", words);
            _exit(1);
        }
        wait(NULL);
        char text[32] = {0};
        read(ends[0], text, sizeof text);
        printf("[%s]\\n", text);
        """
    )
    with vmlab.Lab(abi="xv6") as lab:
        lab.spawn(echo)
        lab.run()
        lab.spawn(program)
        lab.run()
        assert lab.console == b"[some words\n]\n"
        assert [process.name for process in lab.processes] == ["echo", "guest", "echo"]
        lab.check()


EXEC_MISTAKES = {
    "no such file": ('char *w[] = {"a", 0}; printf("%d\\n", execv("nosuch", w));', "exec: fail\n-1\n"),
    "a text file": (
        """
        int fd = open("text", O_CREAT | O_RDWR);
        write(fd, "just text, and no program at all", 32);
        char *w[] = {"text", 0};
        printf("%d\\n", execv("text", w));
        """,
        "-1\n",
    ),
    "an empty file": (
        'close(open("none", O_CREAT)); char *w[] = {"none", 0}; printf("%d\\n", execv("none", w));',
        "-1\n",
    ),
    "a directory": ('char *w[] = {"x", 0}; printf("%d\\n", execv("/", w));', "-1\n"),
    "arguments longer than a page": (
        """
        static char text[600];
        char *w[10];
        memset(text, 'x', 599);
        for (int i = 0; i < 9; i++) w[i] = text;
        w[9] = 0;
        printf("%d\\n", execv("guest", w));
        """,
        "-1\n",
    ),
    "32 arguments": (
        """
        char *w[33];
        for (int i = 0; i < 32; i++) w[i] = "";
        w[32] = 0;
        printf("%d\\n", execv("guest", w));
        """,
        "-1\n",
    ),
    "argv past the end": ('printf("%d\\n", execv("guest", (char **)((char *)sbrk(0) - 2)));', "-1\n"),
    "argv in the kernel": ('printf("%d\\n", execv("guest", (char **)0x80000000));', "-1\n"),
    "an argument in the kernel": (
        'char *w[] = {"guest", (char *)0x80100000, 0}; printf("%d\\n", execv("guest", w));',
        "-1\n",
    ),
    "an argument without an end": (
        """
        char *last = (char *)sbrk(4096) + 4095;
        *last = 'x';
        char *w[] = {"guest", last, 0};
        printf("%d\\n", execv("guest", w));
        """,
        "-1\n",
    ),
    "a name in the kernel": ('char *w[] = {"a", 0}; printf("%d\\n", execv((char *)0xffffffff, w));', "-1\n"),
}


@pytest.mark.parametrize("mistake", EXEC_MISTAKES)
def test_exec_that_fails_leaves_the_process_as_it_was(mistake: str) -> None:
    body, console = EXEC_MISTAKES[mistake]
    with finished(guest(body)) as lab:
        assert lab.console.decode() == console
        assert lab.processes[0].exit_status == 0


def test_orphans_end_in_peace() -> None:
    program = guest(
        """
        if (fork() == 0) {
            if (fork() == 0) { sleep(1); printf("orphan\\n"); fflush(stdout); _exit(0); }
            _exit(0);
        }
        wait(NULL);
        printf("%d\\n", wait(NULL));
        """
    )
    assert console_of(program) == "-1\norphan\n"


def test_a_program_called_init_takes_the_children_of_those_that_ended() -> None:
    program = guest(
        """
        int child = fork();
        if (child == 0) {
            if (fork() == 0) { syscall(13, 1); _exit(0); }
            _exit(0);
        }
        printf("%d", wait(NULL) == child);
        printf(" %d", wait(NULL) == child + 1);
        printf(" %d\\n", wait(NULL));
        """,
        name="_init",
    )
    with finished(program) as lab:
        assert lab.console == b"1 1 -1\n"
        assert lab.processes[0].name == "init"


def test_the_name_in_lines_has_15_characters() -> None:
    program = guest("*(volatile int *)0xffffffff = 1;", name="a_name_that_is_long")
    with finished(program) as lab:
        assert lab.console.startswith(b"pid 1 a_name_that_is: trap 14 ")
