# SPDX-License-Identifier: GPL-2.0-only
"""What the modelled TLB holds and has counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vmlab import _core
from vmlab.address import Address
from vmlab.views.render import Shown, table


@dataclass(frozen=True)
class TlbEntry:
    """One translation that is remembered: of a page under a CR3 (`space`), with both levels' rights combined."""

    page: Address
    space: Address
    frame: int
    writable: bool
    user: bool
    dirty: bool
    large: bool


@dataclass(frozen=True)
class Tlb(Shown):
    """The valid entries, by set and way, and the counters since the machine was made."""

    entries: tuple[TlbEntry, ...]
    hits: int
    misses: int
    flushes: int
    invalidations: int
    evictions: int
    taken_at: int = field(default=0, compare=False)

    @classmethod
    def of(cls, entries: list[_core.TlbEntry], counters: _core.TlbCounters, taken_at: int) -> Tlb:
        shown = (
            TlbEntry(Address(e.page), Address(e.space), e.frame, e.writable, e.user, e.dirty, e.large) for e in entries
        )
        counts = (counters.hits, counters.misses, counters.flushes, counters.invalidations, counters.evictions)
        return cls(tuple(shown), *counts, taken_at)

    def __rich__(self) -> Any:
        from rich.console import Group

        counts = ("hits", "misses", "flushes", "invalidations", "evictions")
        shown = table("page", "space", "frame", "rights", right=("frame",))
        for entry in self.entries:
            rights = [name for name in ("writable", "user", "dirty", "large") if getattr(entry, name)]
            shown.add_row(str(entry.page), str(entry.space), f"{entry.frame:#x}", " ".join(rights))
        return Group(", ".join(f"{getattr(self, name)} {name}" for name in counts), shown)
