# SPDX-License-Identifier: GPL-2.0-only
"""Measure the virtual memory by itself beside a bare loop and the host's own kernel, in one run, and print a table.

    python benchmarks/vm.py [--rounds 5] [--build DIR]

Needs CMake and a C++ compiler. Times on a shared machine are noisy; the ratios, taken in turns within one run, are what
to look at.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from run import build

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Row:
    """One figure over another, both by their names in vmlab_vm_bench's answer."""

    what: str
    figure: str
    beside: str
    beside_what: str
    aim: float


ROWS = (
    Row("fork, 30,000 resident pages", "fork", "fork_native", "native fork", 1 / 30),
    Row("fork, 30,000 resident pages", "fork", "fork_bare", "bare loop over the entries", float("nan")),
    Row("swap-out and swap-in pair", "swap_pair", "zero_fill", "zero-fill fault", 3.0),
    Row("fault with 10,000 mappings", "fault_10000", "fault_10", "fault with 10 mappings", 1.5),
)
SIZES = (("page_bytes", "bytes of bookkeeping a resident page", 64), ("mapping_bytes", "and a mapping", 300))


def main() -> None:
    parser = argparse.ArgumentParser(description="the virtual memory against a bare loop and native Linux")
    parser.add_argument("--rounds", type=int, default=5, help="medians are of this many (default 5)")
    parser.add_argument("--build", type=Path, default=HERE.parent / "build" / "benchmarks", help="CMake's build folder")
    arguments = parser.parse_args()
    executable = build(arguments.build, "vmlab_vm_bench")
    done = subprocess.run([executable, str(arguments.rounds)], check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout)
    table = Table(title=f"Medians of {arguments.rounds}, nanoseconds", title_justify="left")
    for heading in ("what", "vmlab", "beside", "", "ratio", "aim"):
        table.add_column(heading, justify="left" if heading in ("what", "beside") else "right")
    for row in ROWS:
        ratio = figures[row.figure] / figures[row.beside]
        aim = "" if row.aim != row.aim else f"{row.aim:.3f}"
        values = (f"{figures[row.figure]:,.0f}", row.beside_what, f"{figures[row.beside]:,.0f}")
        table.add_row(row.what, *values, f"{ratio:.3f}", aim)
    for name, what, aim in SIZES:
        table.add_row(what, f"{figures[name]:.0f}", "", "", "", str(aim))
    visits = Table(title="Mappings that a fault looks at to find its own, on average", title_justify="left")
    for heading in ("mappings", "in the tree", "in a list, as 4.4BSD has it"):
        visits.add_column(heading, justify="right")
    for row in figures["visits"]:
        visits.add_row(f"{row['mappings']:,}", f"{row['tree']:.1f}", f"{row['list']:,.1f}")
    console = Console(width=120)
    console.print(table)
    console.print(visits)


if __name__ == "__main__":
    main()
