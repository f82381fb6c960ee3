# SPDX-License-Identifier: GPL-2.0-only
"""A typed session at the console, from Python and from the command line, and the same once more from its journal."""

from pathlib import Path

import pytest
from tests.python.xv6.running import guest
from typer.testing import CliRunner

import vmlab
from vmlab.cli import app

# A shell of two words a line: a program and its argument; `cd` is its own, and output goes where `>` says.
SHELL = guest(
    r"""
    static char line[100];
    for (;;) {
        write(2, "$ ", 2);
        int length = 0;
        while (length < 99 && read(0, line + length, 1) == 1 && line[length] != '\n') length++;
        if (length == 0) break;
        line[length] = '\0';
        char *words[3] = {line, strchr(line, ' '), NULL};
        if (words[1] != NULL) *words[1]++ = '\0';
        if (strcmp(line, "cd") == 0) { chdir(words[1]); continue; }
        if (fork() == 0) {
            char *to = words[1] == NULL ? NULL : strchr(words[1], '>');
            if (to != NULL) { *to = '\0'; close(1); open(to + 1, O_CREAT | O_WRONLY); }
            execv(line, words);
            dprintf(2, "exec %s failed\n", line);
            _exit(1);
        }
        wait(NULL);
    }
    """,
    name="_shell",
)
SAY = guest(r'printf("%s\n", argc > 1 ? argv[1] : "nothing");', name="say")
SHOW = guest(
    """
    char text[64];
    int fd = argc > 1 ? open(argv[1], O_RDONLY) : 0;
    for (int count; (count = read(fd, text, sizeof text)) > 0;) write(1, text, count);
    """,
    name="show",
)
CRASH = guest("*(volatile int *)0x70000000 = 1;", name="crash")

TYPED = "say hello\nsay stored>file\nshow file\nnosuch x\nshow\none \x08\x7fce\n\x04crash\n\n"
SHOWN = """\
$ say hello
hello
$ say stored>file
$ show file
stored
$ nosuch x
exec: fail
exec nosuch failed
$ show
one \b \b\b \bce
once
\x04$ crash
pid 7 crash: trap 14 err 6 on cpu 0 eip 0x{eip:x} addr 0x70000000--kill proc
$ \n"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "programs"
    folder.mkdir()
    for program in (SAY, SHOW, CRASH):
        program.save(folder / f"_{program.name}")
    return folder


def shown(lab: vmlab.Lab) -> str:
    crashed = lab.processes[-1]
    assert crashed.name == "crash"
    return SHOWN.format(eip=crashed.trap_frame.eip)


def test_a_session_shows_what_was_typed_answered_and_said_by_the_kernel(root: Path) -> None:
    with vmlab.Lab(abi="xv6", root=root) as lab:
        lab.spawn(SHELL, stdin=TYPED)
        assert lab.run().reason == "exited"
        assert lab.console.decode() == shown(lab)
        assert lab.files["/file"].read_text() == "stored\n"
        lab.check()


def test_what_is_typed_later_comes_later(root: Path) -> None:
    with vmlab.Lab(abi="xv6", root=root) as lab:
        lab.spawn(SHELL)
        for line in TYPED.splitlines(keepends=True):
            assert lab.run().reason == "input"
            lab.type(line)
        assert lab.run().reason == "exited"
        assert lab.console.decode() == shown(lab)


def test_a_session_replays_from_its_journal(root: Path, tmp_path: Path) -> None:
    with vmlab.Lab(abi="xv6", root=root, profile="xv6-lazy") as lab:
        lab.spawn(SHELL, stdin=TYPED)
        lab.run()
        lab.save(tmp_path / "journal")
    result = CliRunner().invoke(app, ["replay", str(tmp_path / "journal")])
    assert result.exit_code == 0
    assert "the log is the recorded one" in result.stdout


def test_the_command_line_puts_our_input_at_the_console(root: Path, tmp_path: Path) -> None:
    SHELL.save(tmp_path / "_shell")
    command = ["run", "--abi", "xv6", "--root", str(root), str(tmp_path / "_shell")]
    result = CliRunner().invoke(app, command, input="say hello\n\n")
    assert result.exit_code == 0
    assert result.stdout == "$ say hello\nhello\n$ \n"


def test_a_program_that_was_killed_ends_the_command_as_kill_would(tmp_path: Path) -> None:
    CRASH.save(tmp_path / "crash")
    result = CliRunner().invoke(app, ["run", "--abi", "xv6", str(tmp_path / "crash")])
    assert result.exit_code == 137
    assert result.stdout.startswith("pid 1 crash: trap 14 err 6 on cpu 0 eip 0x")


def test_a_trace_names_the_calls_with_their_arguments(tmp_path: Path) -> None:
    guest('close(open("f", O_CREAT | O_RDWR)); syscall(77);').save(tmp_path / "traced")
    command = ["run", "--abi", "xv6", "--trace-output", str(tmp_path / "trace"), str(tmp_path / "traced")]
    assert CliRunner().invoke(app, command).exit_code == 0
    lines = (tmp_path / "trace").read_text().splitlines()
    assert lines[0].split() == ['open("f",', "0x202)", "=", "3"]
    assert lines[1].split() == ["close(3)", "=", "0"]
    assert lines[-1] == "+++ exited with 0 +++"
