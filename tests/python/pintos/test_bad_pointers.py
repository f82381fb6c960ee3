# SPDX-License-Identifier: GPL-2.0-only
"""What programs do wrong ends them with -1, and the machine goes on; what the kernel says of exceptions."""

from pathlib import Path

import pytest
from tests.python.pintos.machine import run, whole

CALLS = ("read", "write", "open", "create", "remove", "exec")
POINTERS = ("null", "kernel", "last", "unmapped")
QUIET = [f"{pointer}-{call}" for pointer in POINTERS for call in CALLS]
QUIET += [f"straddling-{call}" for call in CALLS] + ["code-read"]
QUIET += [f"{pointer}-stack" for pointer in POINTERS]
QUIET += ["number-at-end", "part-of-number", "no-such-call", "kernel-buffer-end", "wrapping"]

FAULTS = [
    ("null-load", "0", "not present", "reading"),
    ("null-store", "0", "not present", "writing"),
    ("null-jump", "0", "not present", "reading"),
    ("kernel-load", "0xc0000000", "rights violation", "reading"),
    ("kernel-store", "0xc0000000", "rights violation", "writing"),
    ("kernel-jump", "0xc0000000", "rights violation", "reading"),
    ("unmapped-load", "0x40000000", "not present", "reading"),
    ("unmapped-store", "0x40000000", "not present", "writing"),
]

EXCEPTIONS = [
    ("privileged", "0x0d (#GP General Protection Exception)"),
    ("divide", "0x00 (#DE Divide Error)"),
    ("undefined", "0x06 (#UD Invalid Opcode Exception)"),
]


@pytest.mark.parametrize("case", QUIET)
def test_a_bad_pointer_in_a_call(case: str, tmp_path: Path) -> None:
    ended = run(tmp_path, "bad_pointer", case)
    assert ended.console == whole("bad_pointer", "before\n", -1, case)
    assert ended.exit_status == -1


def test_pointers_that_are_good_after_all(tmp_path: Path) -> None:
    """Read-only memory may be written from, and names may lie there."""
    for case in ("code-write", "code-open", "code-load"):
        text = "before\nwritten no" + "came back\n" if case == "code-write" else "before\ncame back\n"
        assert run(tmp_path, "bad_pointer", case).console == whole("bad_pointer", text, 0, case)


@pytest.mark.parametrize(("case", "address", "why", "way"), FAULTS)
def test_a_fault_of_the_program_itself(case: str, address: str, why: str, way: str, tmp_path: Path) -> None:
    lines = run(tmp_path, "bad_pointer", case).lines
    assert lines[:2] == [f"Executing 'bad_pointer {case}':", "before"]
    assert lines[2] == f"Page fault at {address}: {why} error {way} page in user context."
    assert lines[3] == "bad_pointer: dying due to interrupt 0x0e (#PF Page-Fault Exception)."
    error = 4 | (way == "writing") * 2 | (why == "rights violation")
    assert lines[5] == f" cr2={int(address, 0):08x} error={error:08x}"
    assert lines[9:] == ["bad_pointer: exit(-1)", f"Execution of 'bad_pointer {case}' complete."]


def test_code_is_not_written_to(tmp_path: Path) -> None:
    lines = run(tmp_path, "bad_pointer", "code-store").lines
    assert lines[2].endswith(": rights violation error writing page in user context.")
    assert lines[-2] == "bad_pointer: exit(-1)"


@pytest.mark.parametrize(("case", "name"), EXCEPTIONS)
def test_other_exceptions(case: str, name: str, tmp_path: Path) -> None:
    lines = run(tmp_path, "bad_pointer", case).lines
    assert lines[2] == f"bad_pointer: dying due to interrupt {name}."
    assert lines[3].startswith(f"Interrupt {name} at eip=0x804")
    assert lines[8:] == ["bad_pointer: exit(-1)", f"Execution of 'bad_pointer {case}' complete."]


def test_huge_argument_counts(tmp_path: Path) -> None:
    """As many arguments as the first page of the stack holds; one more is refused before anything runs."""
    ended = run(tmp_path, "arguments", *["x"] * 670)
    assert ended.exit_status == 671
    with pytest.raises(ValueError, match="first page"):
        run(tmp_path, "arguments", *["x"] * 700)
