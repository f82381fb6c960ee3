# SPDX-License-Identifier: GPL-2.0-only
"""The command line, in a process of its own as a user runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.python.tiny_elf import BSS, DATA, LOOP_FOR_EVER, exit_with, load, store, tiny_elf, write_out

import vmlab

COMMAND = [sys.executable, "-m", "vmlab.cli"]
HELLO = tiny_elf(store(BSS), write_out(DATA, 6), write_out(DATA, 2, descriptor=2), exit_with(42), data=b"h\xffllo\n")


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    given: dict[str, object] = {"stdin": subprocess.DEVNULL, **options}
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, timeout=120, **given)  # type: ignore


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    path = tmp_path / "hello"
    path.write_bytes(HELLO)
    return path


def test_output_and_status_are_the_guests(hello: Path) -> None:
    done = run("run", hello)
    assert (done.returncode, done.stdout, done.stderr) == (42, b"h\xffllo\n", b"h\xff")


def test_arguments_after_the_program_are_its_own(tmp_path: Path) -> None:
    # On entry: argc at [esp]. mov ebx, [esp]; mov eax, 1; int 0x80
    (tmp_path / "argc").write_bytes(tiny_elf(b"\x8b\x1c\x24\xb8\x01\0\0\0\xcd\x80"))
    assert run("run", tmp_path / "argc", "--ram", "x", "-n", "--help").returncode == 5


def test_standard_input_reaches_the_guest(tmp_path: Path) -> None:
    reads = b"\xb8\x03\0\0\0\x31\xdb\xb9" + BSS.to_bytes(4, "little") + b"\xba\x05\0\0\0\xcd\x80"
    (tmp_path / "cat").write_bytes(tiny_elf(reads, write_out(BSS, 5), exit_with(0)))
    assert run("run", tmp_path / "cat", stdin=None, input=b"a\0b\xffc more").stdout == b"a\0b\xffc"


ECHO_A_LINE = (
    b"\xb8\x03\0\0\0\x31\xdb\xb9" + BSS.to_bytes(4, "little") + b"\xba\x05\0\0\0\xcd\x80",  # read(0, BSS, 5)
    write_out(BSS, 5),
)


def test_a_terminal_has_our_standard_input_at_its_keyboard(tmp_path: Path) -> None:
    (tmp_path / "echo").write_bytes(tiny_elf(*ECHO_A_LINE, exit_with(0)))
    done = run("run", "--terminal", tmp_path / "echo", stdin=None, input=b"four\nmore\n")
    assert (done.returncode, done.stdout) == (0, b"four\r\nfour\r\n")


def test_who_waits_on_after_the_end_of_what_is_typed_ends_with_125(tmp_path: Path) -> None:
    (tmp_path / "echo").write_bytes(tiny_elf(*ECHO_A_LINE, *ECHO_A_LINE, *ECHO_A_LINE, exit_with(0)))
    done = run("run", "--terminal", tmp_path / "echo", stdin=None, input=b"four\n")
    assert done.returncode == 125
    assert b"waits for what nobody types" in done.stderr


def test_a_killed_guest_ends_with_128_and_the_signal(tmp_path: Path) -> None:
    (tmp_path / "null").write_bytes(tiny_elf(write_out(DATA, 3), load(0x10), data=b"hi\n"))
    done = run("run", tmp_path / "null")
    assert (done.returncode, done.stdout) == (128 + 11, b"hi\n")
    assert b"SIGSEGV" in done.stderr
    assert b"0x00000010" in done.stderr


def test_the_budget_ends_with_124(tmp_path: Path) -> None:
    (tmp_path / "loop").write_bytes(tiny_elf(LOOP_FOR_EVER))
    done = run("run", "--budget", 10_000, tmp_path / "loop")
    assert done.returncode == 124
    assert b"budget" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one process on Windows")
def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    (tmp_path / "loop").write_bytes(tiny_elf(LOOP_FOR_EVER))
    code = "import vmlab.cli, vmlab.run_command; print('ready', flush=True); vmlab.cli.main()"
    command = [sys.executable, "-c", code, "run", tmp_path / "loop"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen(command, **pipes)  # type: ignore[call-overload]
    try:
        assert child.stdout.readline() == b"ready\n"
        time.sleep(1)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 130
    assert b"interrupted" in errors
    assert b"Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], b"nowhere"),
        (["no_elf"], b"ELF"),
        (["--ram", "lots", "hello"], b"lots"),
        (["--ram", "8KiB", "hello"], b""),
        (["--abi", "vms", "hello"], b"vms"),
        (["--randomize", "-1", "hello"], b"randomize"),
        (["--frames", "0", "hello"], b"frames"),
        (["--root", "nowhere", "hello"], b"nowhere"),
        (["--budget", "x", "hello"], b"budget"),
        ([], b"PROGRAM"),
    ],
)
def test_a_mistake_is_a_message_and_status_2(hello: Path, arguments: list[str], message: bytes) -> None:
    (hello.parent / "no_elf").write_text("hello\n")
    done = run("run", *arguments, cwd=hello.parent)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_a_missing_compiler_and_a_compile_error(tmp_path: Path) -> None:
    (tmp_path / "wrong.c").write_text("int main(void) { return nothing; }\n")
    environment = {**os.environ, "VMLAB_CC": "no-such-compiler"}
    done = run("run", tmp_path / "wrong.c", env=environment)
    assert done.returncode == 2
    assert b"no-such-compiler" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_compile_error_shows_what_the_compiler_said(tmp_path: Path) -> None:
    from vmlab.toolchain import find_compiler

    try:
        find_compiler()
    except vmlab.ToolchainError as error:
        pytest.skip(f"no compiler for guests here: {error}")
    (tmp_path / "wrong.c").write_text("int main(void) { return nothing; }\n")
    done = run("run", tmp_path / "wrong.c")
    assert done.returncode == 2
    assert b"wrong.c" in done.stderr
    assert b"nothing" in done.stderr
    (tmp_path / "right.c").write_text('#include <stdio.h>\nint main(void) { puts("built"); return 3; }\n')
    done = run("run", tmp_path / "right.c")
    assert (done.returncode, done.stdout) == (3, b"built\n")


def test_faults_events_and_time_go_to_standard_error(hello: Path) -> None:
    plain = run("run", hello)
    done = run("run", "--faults", "--events", "--time", hello)
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    text = done.stderr.decode(errors="replace")
    assert f"{BSS:#010x}" in text
    assert "zero_fill" in text
    assert "process_exited pid=1" in text
    assert "\tMinor (reclaiming a frame) page faults: " in text


def test_swap_profile_and_replacement(tmp_path: Path) -> None:
    program = tmp_path / "touch"
    vmlab.touch([f"w{page}" for page in range(9)] * 2).save(program)
    done = run(
        "run", "--frames", "4", "--swap", "64KiB", "--replacement", "fifo", "--profile", "pintos", "--time", program
    )
    assert done.returncode == 0
    lines = [line.strip() for line in done.stderr.decode().splitlines()]
    counted = dict(line.split(": ") for line in lines)
    assert counted["Command being timed"] == f'"{program}"'
    assert counted["Major (requiring I/O) page faults"] == "9"
    assert counted["Minor (reclaiming a frame) page faults"] == "9"
    assert counted["Pages swapped out"] == "14"
    assert counted["Exit status"] == "0"
    refused = run("run", "--replacement", "best", program)
    assert refused.returncode == 2
    assert b"one of fifo" in refused.stderr


def test_the_report(hello: Path, tmp_path: Path) -> None:
    assert run("run", "--json", tmp_path / "report", hello).returncode == 42
    text = (tmp_path / "report").read_text()
    report = json.loads(text)
    assert {key: report[key] for key in ("schema", "outcome", "exit_status", "signal")} == {
        "schema": 1,
        "outcome": "exited",
        "exit_status": 42,
        "signal": None,
    }
    assert len(report["program_sha256"]) == 64
    assert report["counters"]["zero_fill"] >= 1
    fault = next(fault for fault in report["faults"] if fault["address"] == BSS)
    assert (fault["pid"], fault["error"], fault["trap"], fault["access"]) == (1, 6, 14, "write")
    assert (fault["result"], fault["major"]) == ("zero_fill", False)
    assert vmlab.Report.from_json(text).to_json() + "\n" == text
    with pytest.raises(ValueError, match="schema 2"):
        vmlab.Report.from_json(text.replace('"schema": 1', '"schema": 2'))


def test_save_and_replay(hello: Path, tmp_path: Path) -> None:
    assert run("run", "--save", tmp_path / "journal", hello).returncode == 42
    done = run("replay", tmp_path / "journal")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[0].endswith(" events")
    assert len(lines[1].removeprefix("sha256 ")) == 64
    assert lines[2] == "the log is the recorded one"
    (tmp_path / "journal").write_bytes(b"vmlab journal 1\n")
    done = run("replay", tmp_path / "journal")
    assert done.returncode == 2
    assert b"truncated or damaged" in done.stderr


def test_version_and_help() -> None:
    assert run("--version").stdout.decode().strip() == f"vmlab {vmlab.__version__}"
    assert b"demo" in run("--help").stdout
