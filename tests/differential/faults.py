# SPDX-License-Identifier: GPL-2.0-only
"""Differential fuzz of faults: `python -m tests.differential.faults --count N --seed S`.

Random i386 instructions over random page layouts run on this host's processor and on vmlab.Machine. Trap number, error
code, CR2, EIP, registers, x87 and SSE state and memory must be equal afterwards, apart from the differences that
differences.py lists by name. With --side signals the host's runner itself is a guest of a Lab, and what is compared is
what its handler finds in its signal frame.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import sys
import tempfile
from pathlib import Path

from tests.differential import differences, forms, generate, guest, machine, native
from tests.differential.layout import GENERAL, Case, Group, Outcome

GROUPS_AT_ONCE = 16
SHOWN = 10


@dataclasses.dataclass
class Mismatch:
    """A case whose outcomes differ in fields that no named difference explains."""

    case: Case
    group: Group
    native: Outcome
    ours: Outcome
    fields: set[str]

    def __str__(self) -> str:
        registers = " ".join(f"{name}={value:08x}" for name, value in zip(GENERAL, self.case.general, strict=True))
        access = "".join(str(int(kind)) for kind in self.group.access)
        lines = [
            f"{self.case.name}: {', '.join(sorted(self.fields))}",
            f"  {self.case.code.hex(' ')} at {self.case.code_at:08x}, pages {access}, eflags={self.case.eflags:x}",
            f"  {registers}",
        ]
        for side, outcome in (("native", self.native), ("vmlab ", self.ours)):
            values = " ".join(f"{value:08x}" for value in outcome.general)
            lines.append(
                f"  {side} trap {outcome.trap} error {outcome.error:x} cr2 {outcome.cr2:08x} eip {outcome.eip:08x} "
                f"eflags {outcome.eflags:x} [{values}]"
            )
        return "\n".join(lines)


@dataclasses.dataclass
class Report:
    """What a run found."""

    cases: int = 0
    traps: collections.Counter[int] = dataclasses.field(default_factory=collections.Counter)
    named: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    mismatches: list[Mismatch] = dataclasses.field(default_factory=list)


def compare(groups: list[Group], native_outcomes: list[Outcome], our_outcomes: list[Outcome], report: Report) -> None:
    """Adds the comparison of some groups to the report."""
    pairs = [(group, case) for group in groups for case in group.cases]
    for (group, case), theirs, ours in zip(pairs, native_outcomes, our_outcomes, strict=True):
        report.cases += 1
        report.traps[theirs.trap] += 1
        names, left = differences.explain(case, theirs, ours)
        report.named.update(names)
        if left:
            report.mismatches.append(Mismatch(case, group, theirs, ours, left))


def fuzz(runner: Path, count: int, seed: int, side: str = "machine") -> Report:
    """Runs `count` cases on the host and on vmlab's side: a bare machine, or a lab's guest that handles signals."""
    generator = generate.Generator(seed, forms.build())
    bare = machine.Side()
    report = Report()
    while report.cases < count:
        groups: list[Group] = []
        wanted = count - report.cases
        while wanted > 0 and len(groups) < GROUPS_AT_ONCE:
            groups.append(generator.group(min(wanted, generate.CASES_A_GROUP)))
            wanted -= len(groups[-1].cases)
        if side == "signals":
            groups = [guest.without_selectors(group) for group in groups]
        ours = guest.run(runner, groups) if side == "signals" else bare.run(groups)
        compare(groups, native.run(runner, groups), ours, report)
    return report


def show(report: Report, seed: int) -> None:
    """Prints what was compared and what was found."""
    traps = ", ".join(f"{count} trap {trap}" for trap, count in sorted(report.traps.items()))
    print(f"{report.cases} cases of seed {seed}: {traps}")
    for name, count in report.named.most_common():
        print(f"  named difference {name}: {count}")
    for mismatch in report.mismatches[:SHOWN]:
        print(mismatch)
    print(f"{len(report.mismatches)} mismatches")


def main() -> int:
    """The command: status 0 when nothing differs or the host cannot compare, 1 for a mismatch."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential.faults", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="cases to compare (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="where the random cases start (default: %(default)s)")
    parser.add_argument(
        "--side", choices=("machine", "signals"), default="machine", help="what the host is compared to"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            runner = native.build(Path(folder))
        except native.Unavailable as reason:
            print(f"skipped: {reason}")
            return 0
        report = fuzz(runner, options.count, options.seed, options.side)
    show(report, options.seed)
    return 1 if report.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
