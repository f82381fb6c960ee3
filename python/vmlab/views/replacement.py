# SPDX-License-Identifier: GPL-2.0-only
"""What a replacement policy did, reference by reference."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from vmlab.views.render import Shown, table

if TYPE_CHECKING:
    import pandas

_MOST_ROWS = 200


@dataclass(frozen=True)
class Step:
    """One reference: the page, whether it was in memory, where it is now, and which page left for it.

    frames: the pages in memory afterwards, by frame; None where none came yet.
    """

    page: int
    write: bool
    hit: bool
    frame: int
    victim: int | None
    frames: tuple[int | None, ...]


@dataclass(frozen=True)
class Trace(Shown, Sequence[Step]):
    """The steps of a simulation, in order. They are made when they are looked at."""

    pages: tuple[int, ...]
    writes: tuple[bool, ...]
    outcomes: tuple[tuple[int, bool, int | None], ...]  # frame, hit, victim
    frame_count: int

    def __len__(self) -> int:
        return len(self.pages)

    def __iter__(self) -> Iterator[Step]:
        frames: list[int | None] = [None] * self.frame_count
        for page, write, (frame, hit, victim) in zip(self.pages, self.writes, self.outcomes, strict=True):
            frames[frame] = page
            yield Step(page, write, hit, frame, victim, tuple(frames))

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        places = range(len(self))[index]
        if isinstance(places, range):
            wanted = set(places)
            last = max(wanted, default=-1)
            steps = {at: step for at, step in enumerate(itertools.islice(self, last + 1)) if at in wanted}
            return [steps[at] for at in places]
        return next(itertools.islice(self, places, None))

    def to_pandas(self) -> pandas.DataFrame:
        """A row a reference. The victim is missing where no page left."""
        from vmlab.views.events import import_pandas

        pd = import_pandas()
        return pd.DataFrame(
            {
                "page": pd.array(self.pages, dtype="uint64"),
                "write": pd.array(self.writes, dtype="bool"),
                "hit": pd.array([hit for _, hit, _ in self.outcomes], dtype="bool"),
                "frame": pd.array([frame for frame, _, _ in self.outcomes], dtype="uint32"),
                "victim": pd.array([victim for _, _, victim in self.outcomes], dtype="UInt64"),
            }
        )

    def __repr__(self) -> str:
        return f"<trace of {len(self)} references>"

    def __rich__(self) -> Any:
        frames = [f"frame {number}" for number in range(self.frame_count)]
        shown = table("reference", "", "victim", *frames, right=("reference", "victim", *frames))
        for step in itertools.islice(self, _MOST_ROWS):
            cells = ["" if page is None else str(page) for page in (step.victim, *step.frames)]
            shown.add_row(f"{'w' if step.write else 'r'}{step.page}", "hit" if step.hit else "miss", *cells)
        if len(self) > _MOST_ROWS:
            shown.caption = f"the first {_MOST_ROWS} of {len(self)} references"
        return shown
