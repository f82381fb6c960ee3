# SPDX-License-Identifier: GPL-2.0-only
"""The page frames of RAM: what each is used for, and which pages show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, overload

from vmlab.address import Address
from vmlab.views.render import Shown, table

FREE, ZEROED = "free", "zeroed"  # both are free; a zeroed one is known to hold zeros


@dataclass(frozen=True)
class Frame:
    """One page frame."""

    number: int
    use: str
    mapped_by: tuple[tuple[int, Address], ...] = ()  # pid, page

    def __str__(self) -> str:
        places = ", ".join(f"{page} of process {pid}" for pid, page in self.mapped_by)
        return f"frame {self.number}: {self.use}" + (f", shown at {places}" if places else "")


@dataclass(frozen=True)
class Frames(Shown, Sequence[Frame]):
    """All frames of RAM, by number."""

    uses: tuple[str, ...]
    places: Mapping[int, tuple[tuple[int, Address], ...]]
    taken_at: int = field(default=0, compare=False)

    @property
    def total(self) -> int:
        return len(self.uses)

    @property
    def free(self) -> int:
        return self.uses.count(FREE) + self.zeroed

    @property
    def zeroed(self) -> int:
        """Those of the free ones that the zero-page thread has filled with zeros."""
        return self.uses.count(ZEROED)

    @property
    def used(self) -> int:
        return self.total - self.free

    @property
    def by_use(self) -> dict[str, int]:
        """How many frames there are of each use."""
        return dict(Counter(self.uses))

    def bar(self, width: int = 64) -> str:
        """RAM from its first frame to its last in so many characters: "#" where all are used, "." free, "+" some."""
        width = min(width, self.total)
        edges = [self.total * at // width for at in range(width + 1)]
        shown = ""
        for start, end in pairwise(edges):
            free = sum(use in (FREE, ZEROED) for use in self.uses[start:end])
            shown += "#" if free == 0 else "." if free == end - start else "+"
        return shown

    @overload
    def __getitem__(self, number: int) -> Frame: ...
    @overload
    def __getitem__(self, number: slice) -> list[Frame]: ...
    def __getitem__(self, number: int | slice) -> Frame | list[Frame]:
        numbers = range(self.total)[number]
        return self._at(numbers) if isinstance(numbers, int) else [self._at(each) for each in numbers]

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Frame]:
        return map(self._at, range(self.total))

    def _at(self, number: int) -> Frame:
        return Frame(number, self.uses[number], self.places.get(number, ()))

    def __repr__(self) -> str:
        return f"<{self.used} of {self.total} frames used>"

    def __rich__(self) -> Any:
        shown = table("use", "frames", right=("frames",))
        for use, count in self.by_use.items():
            shown.add_row(use, str(count))
        return shown
