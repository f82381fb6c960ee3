# SPDX-License-Identifier: GPL-2.0-only
"""Random system calls of a guest, with random and hostile arguments, and the lab's books checked all the while.

    python -m tests.fuzz.syscalls --calls 1000000 --seed 1

Each lab runs one program of tests/programs/syscall_fuzz.c with a seed of its own, until that program has come to its
end or its budget is spent. Fails where the lab breaks, a check finds something, or a file of the host's changed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import vmlab

PROGRAM = Path(__file__).parents[1] / "programs" / "syscall_fuzz.c"
CALLS_OF_ONE = 2000
INSTRUCTIONS_BETWEEN_CHECKS = 400_000
CHECKS = 20  # then the next one: sleeping for years, or waiting for nobody, is a way to end, too


def make_root(folder: Path) -> dict[str, bytes]:
    (folder / "data").write_bytes(bytes(range(256)) * 40)
    (folder / "tmp").mkdir()
    (folder / "tmp" / "a").write_text("a file of the host's\n")
    return content_of(folder)


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def config_of(rng: random.Random) -> dict[str, Any]:
    """From roomy to cramped, with and without swap."""
    return {
        "ram": rng.choice(("2 MiB", "4 MiB", "16 MiB")),
        "swap": rng.choice(("0", "1 MiB")),
        "profile": rng.choice(("linux", "linux", "bsd44")),
        "fork": rng.choice(("cow", "eager")),
        "seed": rng.randrange(1 << 16),
    }


def play(program: vmlab.Program, seed: int, calls: int, root: Path) -> int:
    """One lab. Returns how many calls it saw."""
    rng = random.Random(seed)
    with vmlab.Lab(root=root, **config_of(rng)) as lab:
        terminal, typed = rng.randrange(3) == 0, rng.randbytes(2000)
        lab.spawn(program, [str(seed & 0x7FFFFFFF), str(calls)], stdin=typed, terminal=terminal)
        for _ in range(CHECKS):
            stop = lab.run(budget=INSTRUCTIONS_BETWEEN_CHECKS)
            lab.check()
            if stop.reason != "budget":
                break
        return lab.counters.system_calls


def run(calls: int, seed: int, quiet: bool = False) -> None:
    program = vmlab.c(PROGRAM).compile("linux")
    began, done, episode = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        before = make_root(root)
        while done < calls:
            number = seed * 1_000_003 + episode
            try:
                done += play(program, number, min(CALLS_OF_ONE, calls - done + 100), root)
            except Exception as error:
                raise AssertionError(f"episode {episode} of --seed {seed} (seed {number}): {error}") from error
            episode += 1
            if not quiet and episode % 50 == 0:
                print(f"{done} calls in {episode} labs, {done / (time.monotonic() - began):.0f} a second", flush=True)
        if content_of(root) != before:
            raise AssertionError("a file of the host's changed")
    print(f"seed {seed}: {done} calls in {episode} labs, {time.monotonic() - began:.1f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    run(options.calls, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
