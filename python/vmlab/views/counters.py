# SPDX-License-Identifier: GPL-2.0-only
"""What a run has cost: faults by how they ended, copies, frames, instructions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vmlab.views.render import Shown, table


@dataclass(frozen=True)
class Counters(Shown, Mapping[str, int]):
    """Counts by name; those of faults are called as the results in the log, such as "zero_fill"."""

    counts: Mapping[str, int]
    taken_at: int = field(default=0, compare=False)

    def __getitem__(self, name: str) -> int:
        return self.counts[name]

    def __getattr__(self, name: str) -> int:
        counts = self.__dict__.get("counts", {})
        if name not in counts:
            raise AttributeError(f"there is no counter {name!r}; there are {', '.join(counts)}")
        return int(counts[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.counts)

    def __len__(self) -> int:
        return len(self.counts)

    def __rich__(self) -> Any:
        shown = table("what", "count", right=("count",))
        for name, count in self.counts.items():
            shown.add_row(name.replace("_", " "), str(count))
        return shown
