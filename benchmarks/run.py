# SPDX-License-Identifier: GPL-2.0-only
"""Measure vmlab against the bare engine and the host's own kernel, in one run, and print a table of ratios.

    python benchmarks/run.py [--rounds 5] [--build DIR]

Needs CMake, a C++ compiler, a host that runs i386 programs, and vmlab installed in this Python. Times on a shared
machine are noisy; the ratios to the bare engine, taken in turns within one run, are what to look at.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

import vmlab
from vmlab.engine import engine_paths

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Row:
    guest: str
    what: str
    operations: int
    events: str
    aim: float
    base: str | None = None  # a guest whose time is subtracted


ROWS = (
    Row("system_calls", "system call: write of 0 bytes, events off", 200_000, "off", 2.0),
    Row("system_calls", "system call: write of 0 bytes, events on", 200_000, "on", float("nan")),
    Row("zero_fill", "zero-fill fault, events on", 20_000, "on", 1.5),
    Row("zero_fill", "zero-fill fault, events off", 20_000, "off", float("nan")),
    Row("cow_break", "copy-on-write break, events on", 20_000, "on", 1.5, "cow_shared"),
    Row("cow_break", "copy-on-write break, events off", 20_000, "off", float("nan"), "cow_shared"),
    Row("map_unmap", "mmap or munmap of one page, events off", 200_000, "off", 3.0),
    Row("protect", "mprotect of one page, events off", 200_000, "off", 3.0),
    Row("stores", "store loop, a store", 65_536_000, "on", 1.2),
    Row("fib_sieve", "fib(30) and sieve, the whole", 1, "on", 1.2),
)


def build(folder: Path, target: str) -> Path:
    subprocess.run(
        ["cmake", "-S", HERE.parent, "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DVMLAB_BUILD_BENCHMARKS=ON",
         "-DVMLAB_BUILD_TESTS=OFF", f"-DPython_EXECUTABLE={sys.executable}"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    subprocess.run(["cmake", "--build", folder, "--target", target, "-j2"], check=True, stdout=subprocess.DEVNULL)
    return folder / "benchmarks" / target


def measure(executable: Path, row: Row, folder: Path, rounds: int) -> dict[str, float]:
    """The times of the row's guest, its base's taken away."""
    engines = engine_paths()
    programs = [compiled(guest, folder) for guest in (row.guest, row.base) if guest is not None]
    command = [executable, engines["unicorn"], engines["capstone"], str(rounds), row.events, *programs]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    times, *base = (json.loads(line) for line in done.stdout.splitlines())
    return {key: times[key] - sum(each[key] for each in base) for key in ("lab", "bare", "native")}


def compiled(guest: str, folder: Path) -> Path:
    program = folder / guest
    vmlab.c(HERE / "guests" / f"{guest}.c").compile("linux").save(program)
    program.chmod(0o755)
    return program


def main() -> None:
    parser = argparse.ArgumentParser(description="vmlab against the bare engine and native Linux")
    parser.add_argument("--rounds", type=int, default=5, help="medians are of this many (default 5)")
    parser.add_argument("--build", type=Path, default=HERE.parent / "build" / "benchmarks", help="CMake's build folder")
    arguments = parser.parse_args()
    executable = build(arguments.build, "vmlab_guest_bench")
    table = Table(title=f"Medians of {arguments.rounds}, nanoseconds an operation", title_justify="left")
    for heading in ("what", "vmlab", "bare engine", "native", "vmlab / bare", "aim"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    with tempfile.TemporaryDirectory() as scratch:
        for row in ROWS:
            times = measure(executable, row, Path(scratch), arguments.rounds)
            table.add_row(
                row.what,
                *(f"{times[key] / row.operations:,.1f}" for key in ("lab", "bare", "native")),
                f"{times['lab'] / times['bare']:.2f}",
                "" if row.aim != row.aim else f"{row.aim}",
            )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
