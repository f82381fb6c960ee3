# SPDX-License-Identifier: GPL-2.0-only
"""The lecture's ways to fork a private mapping of a file: what the child reads, the right answer beside the wrong ones.

A page of /data, mapped privately, holds 17 when the parent forks. Who is to act next is told by a shared page.
A program's own variables are a private mapping of a file, too: the child uses none of its library's, and leaves by
_exit().
"""

from pathlib import Path

import pytest

import vmlab

START = """
    #include <fcntl.h>
    #include <stdio.h>
    #include <sys/mman.h>
    #include <sys/wait.h>
    #include <unistd.h>
    static void pass_on(volatile int *turn) { ++*turn; }
    static void wait_for(volatile int *turn, int mine) { while (*turn != mine) getpid(); }
    static void tell(int before, int after) {
        char line[32];
        write(1, line, snprintf(line, sizeof line, "%d %d\\n", before, after));
    }
    int main(void) {
        int file = open("/data", O_RDONLY);
        volatile int *data = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
        volatile int *turn = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
"""

# The child reads Data, the parent writes it further, the child reads again.
ONE_FORK = (
    START
    + """
        *data = 17;
        if (fork() == 0) {
            int before = *data;
            pass_on(turn);
            wait_for(turn, 2);
            tell(before, *data);
            _exit(0);
        }
        wait_for(turn, 1);
        *data = 18;
        pass_on(turn);
        wait(0);
        return 0;
    }"""
)

# Nothing is written before the fork: the page is the file's, read-only for both.
WRITTEN_AFTER = ONE_FORK.replace("*data = 17;", "if (*data != 5) return 1;")

# The first child writes, and whoever believes the parent alone then lets it write too; the second child reads.
TWO_FORKS = (
    START
    + """
        *data = 17;
        if (fork() == 0) {
            wait_for(turn, 1);
            *data = 18;
            pass_on(turn);
            _exit(0);
        }
        if (fork() == 0) {
            int before = *data;
            pass_on(turn);
            wait_for(turn, 3);
            tell(before, *data);
            _exit(0);
        }
        wait_for(turn, 2);
        *data = 19;
        pass_on(turn);
        wait(0);
        wait(0);
        return 0;
    }"""
)

WRITABLE = "is writable, but its page is not this mapping's own"


def child_reads(source: str, fork: str, root: Path) -> tuple[str, bool]:
    """What the child printed, and whether a check on the way named an entry that may write what others show."""
    (root / "data").write_bytes((5).to_bytes(4, "little") + b"a" * 4092)
    named = False
    with vmlab.Lab(root=root, fork=fork) as lab:
        parent = lab.spawn(vmlab.c(source))
        while lab.run(until=lambda event: event.name in ("fault", "context_switch")).reason != "exited":
            try:
                lab.check()
            except vmlab.InvariantError as error:
                named = named or any(WRITABLE in violation for violation in error.violations)
        assert [process.exit_status for process in lab.processes] == [0] * len(lab.processes)
        return parent.stdout_text, named


@pytest.mark.parametrize(
    ("fork", "read", "named"),
    [
        ("cow", "17 17\n", False),
        ("eager", "17 17\n", False),
        ("memcpy", "17 18\n", True),
        ("from_file", "5 5\n", False),
        ("cow_in_entries", "17 17\n", False),
    ],
)
def test_copy_on_write_before_fork(fork: str, read: str, named: bool, tmp_path: Path) -> None:
    assert child_reads(ONE_FORK, fork, tmp_path) == (read, named)


@pytest.mark.parametrize("fork", ["cow", "eager", "memcpy", "from_file", "cow_in_entries"])
def test_copy_on_write_after_fork_is_right_in_each_way(fork: str, tmp_path: Path) -> None:
    read, _ = child_reads(WRITTEN_AFTER, fork, tmp_path)
    assert read == "5 5\n"


@pytest.mark.parametrize(
    ("fork", "read", "named"),
    [
        ("cow", "17 17\n", False),
        ("eager", "17 17\n", False),
        ("memcpy", "17 19\n", True),
        ("from_file", "5 5\n", False),
        ("cow_in_entries", "17 19\n", True),
    ],
)
def test_two_forks(fork: str, read: str, named: bool, tmp_path: Path) -> None:
    assert child_reads(TWO_FORKS, fork, tmp_path) == (read, named)
