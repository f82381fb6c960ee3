# SPDX-License-Identifier: GPL-2.0-only
"""Measure simulations of page replacement against libCacheSim, in one run, and print a table of ratios.

    python benchmarks/simulate.py [--rounds 5] [--references 10000000]

Needs vmlab and `pip install libcachesim numpy` in this Python. Both get the same references: vmlab an array, the other
a binary trace file of its own format, which it maps into memory. Its hash table has the default size once, and once a
size that fits the frames. Both must count the same misses. Times on a shared machine are noisy; the ratios, taken in
turns within one run, are what to look at.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcachesim
import numpy
from rich.console import Console
from rich.table import Table

import vmlab

ORACLE_GENERAL = numpy.dtype([("time", "<u4"), ("object", "<u8"), ("size", "<u4"), ("next", "<i8")])
DEFAULT_HASH_POWER = 24

# A page that comes in counts as referenced, as it does for a kernel.
POLICIES: dict[str, Callable[..., Any]] = {
    "fifo": libcachesim.FIFO,
    "lru": libcachesim.LRU,
    "clock": lambda **options: libcachesim.Clock(init_freq=1, **options),
}


@dataclass(frozen=True)
class Pattern:
    name: str
    frames: int
    references: Callable[[int], Any]


def zipf(pages: int, seed: int) -> Callable[[int], Any]:
    """Page n is referenced in proportion to 1 / n."""

    def references(count: int) -> Any:
        cumulative = numpy.cumsum(1 / numpy.arange(1, pages + 1))
        drawn = numpy.random.default_rng(seed).random(count) * cumulative[-1]
        return numpy.searchsorted(cumulative, drawn).astype("uint64")

    return references


PATTERNS = (
    Pattern("zipf, 1,000,000 pages, 100,000 frames", 100_000, zipf(1_000_000, seed=1)),
    Pattern("zipf, 100,000 pages, 10,000 frames", 10_000, zipf(100_000, seed=2)),
    Pattern("loop, 20,000 pages, 16,384 frames", 16_384, lambda count: numpy.arange(count, dtype="uint64") % 20_000),
)


def write_trace(references: Any, path: Path) -> None:
    records = numpy.zeros(len(references), dtype=ORACLE_GENERAL)
    records["object"], records["size"], records["next"] = references, 1, -2
    records.tofile(path)


def by_vmlab(references: Any, frames: int, policy: str) -> tuple[float, int]:
    began = time.perf_counter()
    misses = vmlab.simulate(references, frames, policy).misses
    return time.perf_counter() - began, misses


def by_libcachesim(trace: Path, count: int, frames: int, policy: str, hash_power: int) -> tuple[float, int]:
    """The time without that for opening the file and making the cache."""
    parameters = libcachesim.ReaderInitParam(ignore_obj_size=True)
    reader = libcachesim.TraceReader(str(trace), libcachesim.TraceType.ORACLE_GENERAL_TRACE, parameters)
    cache = POLICIES[policy](cache_size=frames, hashpower=hash_power)
    began = time.perf_counter()
    miss_ratio, _ = cache.process_trace(reader)
    return time.perf_counter() - began, round(miss_ratio * count)


def measure(references: Any, trace: Path, frames: int, policy: str, rounds: int) -> list[float]:
    """Median seconds of vmlab, libCacheSim and libCacheSim with a fitting hash table, taken in turns."""
    count = len(references)
    contestants = (
        lambda: by_vmlab(references, frames, policy),
        lambda: by_libcachesim(trace, count, frames, policy, DEFAULT_HASH_POWER),
        lambda: by_libcachesim(trace, count, frames, policy, frames.bit_length() + 2),
    )
    seconds: list[list[float]] = [[] for _ in contestants]
    for _ in range(rounds):
        counted = set()
        for taken, contestant in zip(seconds, contestants, strict=True):
            one, misses = contestant()
            taken.append(one)
            counted.add(misses)
        if len(counted) != 1:
            raise SystemExit(f"{policy} with {frames} frames: the two do not count the same misses: {sorted(counted)}")
    return [statistics.median(taken) for taken in seconds]


def main() -> None:
    parser = argparse.ArgumentParser(description="vmlab.simulate against libCacheSim")
    parser.add_argument("--rounds", type=int, default=5, help="medians are of this many (default 5)")
    parser.add_argument("--references", type=int, default=10_000_000, help="how many (default 10 million)")
    arguments = parser.parse_args()
    table = Table(
        title=f"{arguments.references:,} references, medians of {arguments.rounds}, million references a second",
        title_justify="left",
    )
    for heading in ("pattern", "policy"):
        table.add_column(heading)
    for heading in ("vmlab", "libCacheSim", "fitted", "vmlab / libCacheSim", "vmlab / fitted", "aim"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as scratch:
        trace = Path(scratch) / "references.oracleGeneral.bin"
        for pattern in PATTERNS:
            references = pattern.references(arguments.references)
            write_trace(references, trace)
            for policy in POLICIES:
                seconds = measure(references, trace, pattern.frames, policy, arguments.rounds)
                rates = [arguments.references / each / 1e6 for each in seconds]
                ratios = [f"{rates[0] / rate:.2f}" for rate in rates[1:]]
                table.add_row(pattern.name, policy, *(f"{rate:.1f}" for rate in rates), *ratios, "1.0")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
