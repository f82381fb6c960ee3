# SPDX-License-Identifier: GPL-2.0-only
"""Measure whole programs in vmlab beside the host's own kernel and beside qemu-i386, in one run, and print a table.

    python benchmarks/emulators.py --busybox FILE [--rounds 3] [--only WORD]

Needs Debian's static i386 busybox, a C compiler, qemu-i386 (Debian's qemu-user), a host that runs i386 programs, and
vmlab installed in this Python. Figures are processor time, the kernel's for it included; of vmlab from Lab() to
close(), of the others from fork to exit. Times on a shared machine are noisy; the ratios, taken in turns within one
run, are what to look at.
"""

from __future__ import annotations

import argparse
import random
import resource
import shlex
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from run import compiled

import vmlab

QEMU = "qemu-i386"


@dataclass(frozen=True)
class Row:
    """One program: a guest of ours, or what a shell does with busybox."""

    what: str
    aim: str
    guest: str | None = None
    shell: str | None = None
    arguments: tuple[str, ...] = ()


ROWS = (
    Row("pipeline over 10 MB: cat, tr, wc", "", shell="cat big | tr a-z A-Z | wc"),
    Row("pipeline over 10 MB: cat, sort, md5sum", "", shell="cat big | sort | md5sum"),
    Row("fork, exec of true, wait, 1,000 times", "<= 1", guest="spawn_many", arguments=("busybox", "true")),
    Row("system calls: write of 0 bytes", "<= 0.33", guest="system_calls"),
    Row("system calls: on files and a pipe", "<= 0.33", guest="file_calls"),
    Row("system calls: mmap and munmap", "<= 0.33", guest="map_unmap"),
    Row("faults: zero-fill", "<= 0.33", guest="zero_fill"),
    Row("faults: copy-on-write", "<= 0.33", guest="cow_break"),
    Row("faults: taken by a handler", "<= 0.33", guest="handled_faults"),
    Row("processor: fib(30) and sieve", "<= 3", guest="fib_sieve"),
    Row("processor: sha256sum of 10 MB", "<= 3", shell="sha256sum big"),
)


class Bench:
    """The programs of one run, and the folder that they work in."""

    def __init__(self, busybox: Path, folder: Path) -> None:
        self.folder = folder
        self.busybox = folder / "busybox"
        shutil.copy(busybox, self.busybox)
        (folder / "big").write_bytes(bytes(random.Random(1).choices(b"abcdefgh  \n", k=10_000_000)))
        self.programs = {row.guest: compiled(row.guest, folder) for row in ROWS if row.guest is not None}

    def on_host(self, row: Row, emulator: tuple[str, ...]) -> list[str]:
        """The command; each program of it runs under the emulator, if there is one."""
        if row.shell is not None:
            prefix = shlex.join([*emulator, str(self.busybox)])
            return ["sh", "-c", " | ".join(f"{prefix} {command}" for command in row.shell.split(" | "))]
        command = [*emulator, str(self.programs[row.guest])]
        if row.arguments:
            started = [*emulator, str(self.busybox)]
            found = shutil.which(started[0])
            assert found is not None, f"{started[0]} is not installed"
            command += [found, *started, *row.arguments[1:]]
        return command

    def in_lab(self, row: Row) -> None:
        program = self.busybox if row.shell is not None else self.programs[row.guest]
        arguments = ["sh", "-c", row.shell] if row.shell is not None else []
        if row.arguments:
            arguments = [f"/{row.arguments[0]}", *row.arguments]
        needs_files = row.shell is not None or row.arguments
        with vmlab.Lab(ram="256 MiB", root=self.folder if needs_files else None) as lab:
            process = lab.spawn(program, args=arguments)
            lab.run()
            assert process.exit_status == 0, (row.what, process.exit_status, process.stderr)


def processor_time(work: Callable[[], object]) -> float:
    def spent() -> float:
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    before = spent()
    work()
    return spent() - before


def measure(bench: Bench, row: Row, rounds: int) -> list[float]:
    """Native, qemu-i386 and vmlab, in milliseconds; the medians of rounds in which they take turns."""

    def on_host(emulator: tuple[str, ...]) -> Callable[[], object]:
        command = bench.on_host(row, emulator)
        return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=bench.folder)

    ways = (on_host(()), on_host((QEMU,)), lambda: bench.in_lab(row))
    times = [[processor_time(way) for way in ways] for _ in range(rounds)]
    return [1000 * statistics.median(column) for column in zip(*times, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description="whole programs in vmlab, natively and under qemu-i386")
    parser.add_argument("--busybox", type=Path, required=True, help="Debian's static i386 busybox")
    parser.add_argument("--rounds", type=int, default=3, help="medians are of this many (default 3)")
    parser.add_argument("--only", default="", help="only the rows whose text has this word")
    arguments = parser.parse_args()
    if shutil.which(QEMU) is None:
        parser.error(f"{QEMU} is not installed; Debian has it in qemu-user")
    table = Table(title=f"Medians of {arguments.rounds}, milliseconds of processor time", title_justify="left")
    for heading in ("what", "native", QEMU, "vmlab", f"vmlab / {QEMU}", "aim"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(arguments.busybox, Path(scratch))
        for row in ROWS:
            if arguments.only in row.what:
                native, qemu, here = measure(bench, row, arguments.rounds)
                table.add_row(row.what, f"{native:,.0f}", f"{qemu:,.0f}", f"{here:,.0f}", f"{here / qemu:.2f}", row.aim)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
