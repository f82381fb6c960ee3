# SPDX-License-Identifier: GPL-2.0-only
"""The swap device: which slots are used, and for which pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vmlab.views.render import table
from vmlab.views.snapshot import Snapshot


@dataclass(frozen=True)
class SwapSlot:
    """One used slot: the page of a VmObject that it holds, which may be in memory as well (the swap cache).

    Object 0 is the kernel: a kernel stack.
    """

    number: int
    object: int
    page: int
    resident: bool


@dataclass(frozen=True)
class Swap(Snapshot[SwapSlot]):
    """The used slots, by number."""

    total: int
    slots: tuple[SwapSlot, ...]
    taken_at: int = field(default=0, compare=False)

    @property
    def used(self) -> int:
        return len(self.slots)

    @property
    def free(self) -> int:
        return self.total - self.used

    @property
    def _items(self) -> tuple[SwapSlot, ...]:
        return self.slots

    def __rich__(self) -> Any:
        shown = table("slot", "object", "page", "in memory as well", right=("slot", "object", "page"))
        for slot in self.slots:
            place = (str(slot.object), str(slot.page)) if slot.object else ("kernel stack", "")
            shown.add_row(str(slot.number), *place, "yes" if slot.resident else "")
        return shown
