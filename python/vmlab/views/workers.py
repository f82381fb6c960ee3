# SPDX-License-Identifier: GPL-2.0-only
"""What the workers in the background of the virtual memory have come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vmlab.views.render import Shown, table


class Work(NamedTuple):
    """How often a worker found something to do, and to how many pages or frames it did it."""

    times: int
    pages: int


@dataclass(frozen=True)
class Workers(Shown, Mapping[str, Work]):
    """By name: pageout_daemon, modified_page_writer, zero_page_thread, balance_set_manager, swapper."""

    work: Mapping[str, Work]
    taken_at: int = field(default=0, compare=False)

    def __getitem__(self, name: str) -> Work:
        return self.work[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.work)

    def __len__(self) -> int:
        return len(self.work)

    def __rich__(self) -> Any:
        shown = table("worker", "times", "pages", right=("times", "pages"))
        for name, (times, pages) in self.work.items():
            shown.add_row(name.replace("_", " "), str(times), str(pages))
        return shown
