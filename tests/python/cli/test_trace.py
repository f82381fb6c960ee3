# SPDX-License-Identifier: GPL-2.0-only
"""`vmlab run --trace`: what strace would write of the same program."""

import struct
from pathlib import Path

import pytest
from tests.python.cli.test_run import run
from tests.python.tiny_elf import CODE, DATA, DIVIDE_BY_ZERO, ENTRY, exit_with, load, store, system_call, tiny_elf

OPEN, FORK, KILL, BRK, SIGNAL, ALARM, PAUSE = 5, 2, 37, 45, 48, 27, 29
WAITPID, NANOSLEEP, OPENAT, MMAP2 = 7, 162, 295, 192
IN_CHILD_ONLY = b"\x85\xc0\x75"  # test eax, eax; jnz: over as many bytes as the next one says


def child_does(*code: bytes) -> bytes:
    text = b"".join(code)
    return system_call(FORK) + IN_CHILD_ONLY + bytes([len(text)]) + text


def trace(folder: Path, *code: bytes, data: bytes = b"\0", options: tuple[object, ...] = ()) -> tuple[int, list[str]]:
    """The status and the lines of a trace."""
    (folder / "guest").write_bytes(tiny_elf(*code, data=data))
    done = run("run", "--trace-output", folder / "trace", *options, folder / "guest")
    return done.returncode, (folder / "trace").read_text(encoding="utf-8").splitlines()


def test_each_call_is_a_line_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "guest").write_bytes(tiny_elf(system_call(OPENAT, -100, DATA, 0x8000, 0), exit_with(3), data=b"/etc/x"))
    done = run("run", "--trace", tmp_path / "guest")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.decode().splitlines() == [
        'openat(AT_FDCWD, "/etc/x", 0x8000, 0)   = -1 ENOENT (No such file or directory)',
        "exit(3)                                 = ?",
        "+++ exited with 3 +++",
    ]


def test_pointers_and_addresses_are_hexadecimal(tmp_path: Path) -> None:
    mapped = system_call(MMAP2, 0, 4096, 3, 0x22, -1)
    status, lines = trace(tmp_path, mapped, system_call(BRK, 0), system_call(KILL, 99, 0), exit_with(0))
    assert status == 0
    assert lines[0].startswith("mmap2(NULL, 4096, 0x3, 0x22, -1, 0) ")
    assert lines[0].endswith(" = 0xb7fff000")
    assert lines[1] == f"brk(NULL) {'= 0x8055000':>41}"
    assert lines[2].endswith("= -1 ESRCH (No such process)")


def test_a_string_is_read_from_the_process_when_the_call_is_made(tmp_path: Path) -> None:
    at_border = DATA + 0x5000 - 4  # where the zeroed memory ends
    calls = [system_call(OPEN, where, 0, 0) for where in (DATA, DATA + 2, 0, 0x10, at_border)]
    unterminated = store(at_border, 0x64636261)
    status, lines = trace(tmp_path, *calls[:3], store(DATA, 0x7A), calls[0], calls[3], unterminated, calls[4])
    shown = [line.split(" = ")[0].rstrip() for line in lines if line.startswith("open")]
    first = ['open("", 0, 0)', 'open("", 0, 0)', "open(NULL, 0, 0)"]
    assert shown == [*first, 'open("z", 0, 0)', "open(0x10, 0, 0)", f"open({at_border:#x}, 0, 0)"]
    assert status == 139  # it runs on past its end


def test_a_long_string_goes_on_over_pages_and_is_cut(tmp_path: Path) -> None:
    # mov edi, DATA; mov ecx, 5000; mov al, 'a'; rep stosb
    code = b"\xbf" + DATA.to_bytes(4, "little") + b"\xb9" + (5000).to_bytes(4, "little") + b"\xb0a\xf3\xaa"
    _, lines = trace(tmp_path, code, system_call(OPEN, DATA + 4990, 0, 0), system_call(OPEN, DATA, 0, 0), exit_with(0))
    assert lines[0].startswith('open("aaaaaaaaaa", 0, 0) ')
    assert lines[1] == f'open("{"a" * 4096}"..., 0, 0) = -1 ENAMETOOLONG (File name too long)'


def test_calls_of_several_processes_interleave(tmp_path: Path) -> None:
    status, lines = trace(tmp_path, child_does(exit_with(3)), system_call(WAITPID, -1, 0, 0), exit_with(4))
    assert status == 4
    assert lines == [
        "fork()                                  = 2",
        "[pid  1] waitpid(-1, NULL, 0 <unfinished ...>",
        "[pid  2] exit(3)                        = ?",
        "[pid  2] +++ exited with 3 +++",
        "<... waitpid resumed>)                  = 2",
        "exit(4)                                 = ?",
        "+++ exited with 4 +++",
    ]


def test_a_process_killed_in_a_call_never_returns(tmp_path: Path) -> None:
    code = (child_does(system_call(PAUSE)), system_call(NANOSLEEP, DATA, 0), system_call(KILL, 2, 9))
    status, lines = trace(tmp_path, *code, exit_with(0), data=struct.pack("<II", 0, 1_000_000))
    assert status == 0
    assert lines == [
        "fork()                                  = 2",
        f"[pid  1] nanosleep({DATA:#x}, NULL <unfinished ...>",
        "[pid  2] pause( <unfinished ...>",
        "[pid  1] <... nanosleep resumed>)       = 0",
        "[pid  1] kill(2, 9 <unfinished ...>",
        "[pid  2] <... pause resumed>)           = ?",
        "[pid  2] +++ killed by SIGKILL +++",
        "<... kill resumed>)                     = 0",
        "exit(0)                                 = ?",
        "+++ exited with 0 +++",
    ]


def test_a_signal_interrupts_a_call(tmp_path: Path) -> None:
    def program(handler: int) -> bytes:
        return system_call(SIGNAL, 14, handler) + system_call(ALARM, 1) + system_call(PAUSE)

    handler = ENTRY + len(program(0))
    status, lines = trace(tmp_path, program(handler), exit_with(5))
    assert status == 5
    assert lines[2:] == [
        "pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)",
        "--- SIGALRM {si_signo=SIGALRM, si_code=128} ---",
        "exit(5)                                 = ?",
        "+++ exited with 5 +++",
    ]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (load(0x10), "--- SIGSEGV {si_signo=SIGSEGV, si_code=1, si_addr=0x10} ---"),
        (load(0), "--- SIGSEGV {si_signo=SIGSEGV, si_code=1, si_addr=NULL} ---"),
        (store(CODE), f"--- SIGSEGV {{si_signo=SIGSEGV, si_code=2, si_addr={CODE:#x}}} ---"),
        (DIVIDE_BY_ZERO, f"--- SIGFPE {{si_signo=SIGFPE, si_addr={ENTRY + 2:#x}}} ---"),
        (system_call(KILL, 1, 15), "--- SIGTERM {si_signo=SIGTERM} ---"),
    ],
)
def test_the_signal_that_kills(tmp_path: Path, code: bytes, line: str) -> None:
    _, lines = trace(tmp_path, code, exit_with(0))
    name = line.split()[1]
    assert lines[-2:] == [line, f"+++ killed by {name} +++"]


def test_a_handler_is_told_why(tmp_path: Path) -> None:
    def program(handler: int) -> bytes:
        return system_call(SIGNAL, 11, handler) + load(0x24)

    _, lines = trace(tmp_path, program(ENTRY + len(program(0))), exit_with(5))
    assert lines[1] == "--- SIGSEGV {si_signo=SIGSEGV, si_code=1, si_addr=0x24} ---"
    assert lines[-1] == "+++ exited with 5 +++"


def test_chosen_calls_alone(tmp_path: Path) -> None:
    code = (system_call(OPEN, DATA, 0, 0), system_call(ALARM, 0), system_call(BRK, 0), exit_with(0))
    _, lines = trace(tmp_path, *code, options=("--trace-calls", "brk,open"))
    assert [line.split("(")[0] for line in lines] == ["open", "brk", "+++ exited with 0 +++"]


def test_what_waits_for_ever_is_left_unfinished(tmp_path: Path) -> None:
    status, lines = trace(tmp_path, system_call(PAUSE))
    assert status == 125
    assert lines == ["pause( <unfinished ...>"]


def test_an_unknown_call_shows_all_registers(tmp_path: Path) -> None:
    _, lines = trace(tmp_path, system_call(4000, 1, 0, 3, 0, 5), exit_with(0))
    assert lines[0] == "syscall_4000(0x1, 0, 0x3, 0, 0x5, 0)    = -1 ENOSYS (Function not implemented)"


def test_tracing_changes_nothing(tmp_path: Path) -> None:
    code = (child_does(load(0x10)), system_call(WAITPID, -1, 0, 0), system_call(OPEN, DATA + 0x2000, 0, 0))
    trace(tmp_path, *code, exit_with(0), options=("--save", tmp_path / "traced"))
    assert run("run", "--save", tmp_path / "plain", tmp_path / "guest").returncode == 0
    assert (tmp_path / "traced").read_bytes() == (tmp_path / "plain").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--trace-output", "nowhere/trace"),
            "the trace cannot be written to nowhere/trace: No such file or directory",
        ),
        (("--trace-output", "."), "the trace cannot be written to ."),
        (("--trace-calls", "open,opne"), "there is no system call 'opne'"),
        (("--trace-calls", ""), "there is no system call ''"),
    ],
)
def test_a_mistake_is_a_message_and_status_2(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    (tmp_path / "guest").write_bytes(tiny_elf(exit_with(0)))
    done = run("run", *options, "guest", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"vmlab: {message}")
    assert b"Traceback" not in done.stderr


def test_a_wrong_name_leaves_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "guest").write_bytes(tiny_elf(exit_with(0)))
    (tmp_path / "kept").write_text("what was there")
    done = run("run", "--trace-output", "kept", "--trace-calls", "opne", "guest", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "kept").read_text() == "what was there"
