# SPDX-License-Identifier: GPL-2.0-only
"""The real processor: builds the native runner and asks it."""

from __future__ import annotations

import ctypes
import resource
import shutil
import struct
import subprocess
from pathlib import Path

from tests.differential.layout import GENERAL, OUTCOME, SEGMENTS, FloatingState, Group, Outcome, valid_bits

SOURCE = Path(__file__).with_name("native_runner.c")
FLAGS = (
    "-m32 -O1 -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-pic -no-pie -fno-stack-protector "
    "-fno-builtin -mno-sse -fomit-frame-pointer -Wl,-Ttext-segment=0x40000000 -Wl,-z,noexecstack"
).split()


class Unavailable(Exception):
    """This host cannot run i386 code; the text says why."""


def build(folder: Path) -> Path:
    """Compiles the runner into `folder` and tries it."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise Unavailable("no C compiler (gcc) was found")
    runner = folder / "native_runner"
    done = subprocess.run(
        [compiler, *FLAGS, str(SOURCE), "-o", str(runner)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Unavailable(f"{compiler} -m32 does not build the runner: {done.stderr.strip()[:300]}")
    try:
        tried = subprocess.run([str(runner)], input=b"", capture_output=True, check=False)
    except OSError as error:
        raise Unavailable(f"this system does not run i386 programs: {error}") from error
    if tried.returncode != 0:
        raise Unavailable(f"the native runner ends with status {tried.returncode}")
    return runner


def read_outcome(data: bytes, at: int) -> tuple[Outcome, int]:
    """One record at `at`, and where the next begins."""
    fields = OUTCOME.unpack_from(data, at)
    at += OUTCOME.size
    general = fields[3 : 3 + len(GENERAL)]
    eip, eflags = fields[11:13]
    segments = fields[13 : 13 + len(SEGMENTS)]
    mxcsr, control, status, tag, registers, xmm, changed = fields[19:]
    words = struct.unpack_from(f"<{changed * 2}I", data, at)
    at += changed * 8
    return (
        Outcome(
            trap=fields[0],
            error=fields[1],
            cr2=fields[2],
            general=general,
            eip=eip,
            eflags=eflags,
            segments=segments,
            floating=FloatingState(control, status, valid_bits(tag), registers, mxcsr, xmm),
            memory=dict(zip(words[::2], words[1::2], strict=True)),
        ),
        at,
    )


def fix_the_layout() -> None:
    """Keep the runner's own stack small and in one place: an address that it may grow to would not fault."""
    addr_no_randomize = 0x0040000
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 17, 1 << 17))
    ctypes.CDLL(None).personality(addr_no_randomize)


def run(runner: Path, groups: list[Group]) -> list[Outcome]:
    """The outcomes of all cases, in order."""
    done = subprocess.run(
        [str(runner)],
        input=b"".join(group.pack() for group in groups),
        capture_output=True,
        check=False,
        preexec_fn=fix_the_layout,
    )
    outcomes = []
    at = 0
    while at < len(done.stdout):
        outcome, at = read_outcome(done.stdout, at)
        outcomes.append(outcome)
    expected = sum(len(group.cases) for group in groups)
    if done.returncode != 0 or len(outcomes) != expected:
        cases = [case for group in groups for case in group.cases]
        culprit = cases[min(len(outcomes), expected - 1)]
        raise RuntimeError(
            f"the native runner ended with status {done.returncode} after {len(outcomes)} of {expected} cases, "
            f"at or near {culprit.name}: {culprit.code.hex()}"
        )
    return outcomes
