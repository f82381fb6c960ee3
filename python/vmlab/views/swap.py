# SPDX-License-Identifier: GPL-2.0-only
"""The swap device: which slots are used, and for which pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from vmlab.views.render import Shown, table


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
class Swap(Shown, Sequence[SwapSlot]):
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

    @overload
    def __getitem__(self, index: int) -> SwapSlot: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SwapSlot, ...]: ...
    def __getitem__(self, index: int | slice) -> SwapSlot | tuple[SwapSlot, ...]:
        return self.slots[index]

    def __len__(self) -> int:
        return self.used

    def __iter__(self) -> Iterator[SwapSlot]:
        return iter(self.slots)

    def __rich__(self) -> Any:
        shown = table("slot", "object", "page", "in memory as well", right=("slot", "object", "page"))
        for slot in self.slots:
            place = (str(slot.object), str(slot.page)) if slot.object else ("kernel stack", "")
            shown.add_row(str(slot.number), *place, "yes" if slot.resident else "")
        return shown
