# SPDX-License-Identifier: GPL-2.0-only
"""How much memory has been promised to programs, and how much may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vmlab.views.render import Shown, table


@dataclass(frozen=True)
class Commit(Shown):
    """In pages: private memory that may be written, a page a mapping each, and shared memory of no file, once.

    overcommit: "heuristic", "always" or "never"; only "never" holds promises to the limit. by_process: private memory,
    by the pid of the process that has it.
    """

    overcommit: str
    committed: int
    limit: int
    by_process: Mapping[int, int]
    taken_at: int = field(default=0, compare=False)

    @property
    def shared(self) -> int:
        """What was promised to shared memory."""
        return self.committed - sum(self.by_process.values())

    def __repr__(self) -> str:
        return f"<{self.committed} pages promised, limit {self.limit}, overcommit {self.overcommit}>"

    def __rich__(self) -> Any:
        shown = table("promised to", "pages", right=("pages",))
        for pid, pages in self.by_process.items():
            shown.add_row(f"process {pid}", str(pages))
        shown.add_row("shared memory", str(self.shared))
        shown.add_row("all", str(self.committed))
        shown.add_row(f"limit (overcommit {self.overcommit})", str(self.limit))
        return shown
