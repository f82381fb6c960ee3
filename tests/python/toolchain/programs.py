# SPDX-License-Identifier: GPL-2.0-only
"""The C programs that build with our library for guests and with the host's own, and how to run them here."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from vmlab.errors import ToolchainError
from vmlab.program import Program, touch
from vmlab.toolchain import find_compiler

PROGRAMS = Path(__file__).parents[2] / "programs"
ENVIRONMENT = {"GREETING": "hello there", "LANG": "C"}
TEXT = b"the cat and the dog\n\n and\tThe end"


@dataclass(frozen=True)
class Run:
    """A program of ours with what it is given."""

    name: str
    args: tuple[str, ...] = ()
    stdin: bytes = b""

    def __str__(self) -> str:
        return " ".join([self.name, *self.args])


RUNS = (
    Run("arguments", ("one", "two three", "")),
    Run("children"),
    Run("division64"),
    Run("exit_status"),
    Run("exit_status", ("exit",)),
    Run("exit_status", ("_exit",)),
    Run("exit_status", ("abort",)),
    Run("exit_status", ("kill",)),
    Run("file_io"),
    Run("formats"),
    Run("heap_end"),
    Run("hello"),
    Run("malloc_stress"),
    Run("mappings"),
    Run("protection"),
    Run("signals"),
    Run("strings"),
    Run("word_count", (), TEXT),
    Run("word_count"),
)


@dataclass(frozen=True)
class Ending:
    """The status is negative for a program that was killed by a signal."""

    stdout: bytes
    stderr: bytes
    status: int


def run_natively(executable: Path, name: str, folder: Path, args: Sequence[str] = (), stdin: bytes = b"") -> Ending:
    """Run it in `folder`, with nothing of this process's environment."""
    done = subprocess.run(
        [name, *args],
        executable=executable,
        cwd=folder,
        env=ENVIRONMENT,
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ending(done.stdout, done.stderr, done.returncode)


def run_program(program: Program, folder: Path, args: Sequence[str] = (), stdin: bytes = b"") -> Ending:
    """Run an i386 program on the host's own kernel."""
    path = folder / "guest.elf"
    program.save(path)
    return run_natively(path, program.name, folder, args, stdin)


@functools.cache
def _why_not_native() -> str | None:
    if os.name != "posix":
        return "this host runs no Linux programs"
    with tempfile.TemporaryDirectory() as folder:
        try:
            status = run_program(touch(["w0"]), Path(folder)).status
        except OSError as error:
            return f"this host runs no i386 programs: {error}"
    return None if status == 0 else f"this host ends a small i386 program with {status}"


def require_native() -> None:
    reason = _why_not_native()
    if reason is not None:
        pytest.skip(reason)


def require_compiler() -> None:
    try:
        find_compiler()
    except ToolchainError as error:
        pytest.skip(str(error))
