# SPDX-License-Identifier: GPL-2.0-only
"""How the tables lead from an address to a frame, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vmlab import _core
from vmlab.address import Address
from vmlab.views.page_table import flags_in_words
from vmlab.views.render import Shown, table

_ENDS = {
    _core.WalkEnd.MAPPED: "mapped",
    _core.WalkEnd.DIRECTORY_NOT_PRESENT: "the directory entry is not present",
    _core.WalkEnd.TABLE_NOT_PRESENT: "the table entry is not present",
    _core.WalkEnd.ENTRY_OUTSIDE_RAM: "a table lies outside RAM",
    _core.WalkEnd.PAGE_OUTSIDE_RAM: "the page lies outside RAM",
}


@dataclass(frozen=True)
class Step:
    """One entry that the walk read: of which level, at which index, where in RAM, and its bits."""

    level: str
    index: int
    address: int
    bits: int

    @property
    def flags(self) -> str:
        return flags_in_words(self.bits)


@dataclass(frozen=True)
class Walk(Shown):
    """What a walk found. Rights are combined over both levels."""

    address: Address
    root: int
    steps: tuple[Step, ...]
    end: str
    mapped: bool
    writable: bool
    user: bool
    physical: int | None
    taken_at: int = field(default=0, compare=False)

    @classmethod
    def of(cls, core: _core.Walk, taken_at: int = 0) -> Walk:
        address = Address(core.address)
        steps = [Step("directory", address >> 22, core.directory.address, core.directory.entry)]
        if core.table is not None:
            steps.append(Step("table", address >> 12 & 0x3FF, core.table.address, core.table.entry))
        mapped = core.end == _core.WalkEnd.MAPPED
        physical = core.physical if mapped else None
        return cls(
            address, core.root, tuple(steps), _ENDS[core.end], mapped, core.writable, core.user, physical, taken_at
        )

    @property
    def frame(self) -> int | None:
        """The number of the 4 KB frame; None when nothing is mapped."""
        return None if self.physical is None else self.physical >> 12

    def __rich__(self) -> Any:
        shown = table("level", "index", "at", "entry", right=("index", "at"))
        shown.add_row("CR3", "", f"{self.root:#010x}", "")
        for step in self.steps:
            frame = f", frame {step.bits >> 12}" if step.bits & 1 else ""
            shown.add_row(step.level, f"{step.index:#x}", f"{step.address:#010x}", step.flags + frame)
        shown.add_row(self.end, "", "" if self.physical is None else f"{self.physical:#010x}", "")
        return shown
