# SPDX-License-Identifier: GPL-2.0-only
"""The VmObjects that an address space reaches: anonymous memory, files, and shadows in front of either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vmlab import _core
from vmlab.views.render import Shown, table

_STATES = ("active", "modified", "standby", "wired", "device", "busy")


@dataclass(frozen=True)
class ObjectPage:
    """One page that an object has: in memory (frame), in swap (swap), or both, and then the two are equal."""

    page: int
    frame: int | None
    swap: int | None
    dirty: bool
    state: str | None  # "active", "modified", "standby", "wired", "device" or "busy", when it is in memory


@dataclass(frozen=True)
class ObjectEntry:
    """One VmObject. What it does not have is looked for in `shadow`, whose page `shadow_offset` is page 0 here."""

    id: int
    kind: str  # "anonymous" or "file"
    pages: int
    references: int
    shadow: int | None
    shadow_offset: int
    slots: tuple[ObjectPage, ...]

    @property
    def resident(self) -> int:
        """How many of its pages are in memory."""
        return sum(slot.frame is not None for slot in self.slots)

    @property
    def swapped(self) -> int:
        """How many of its pages have a swap slot."""
        return sum(slot.swap is not None for slot in self.slots)

    def __str__(self) -> str:
        behind = f" in front of object {self.shadow}" if self.shadow is not None else ""
        counts = f"{self.pages} pages, {self.resident} in memory, {self.swapped} in swap"
        return f"object {self.id}: {self.kind}, {counts}{behind}"


class ChainLink(NamedTuple):
    """One object of a chain, and what it has of one page: a frame in memory, a slot in swap, both, or neither."""

    object_id: int
    kind: str
    page: int
    frame: int | None
    swap_slot: int | None

    @classmethod
    def of(cls, link: _core.ChainLink) -> ChainLink:
        return cls(link.object_id, link.kind.name.lower(), link.page, link.frame, link.swap_slot)


@dataclass(frozen=True)
class Objects(Shown, Mapping[int, ObjectEntry]):
    """The objects by number; `chain(id)` follows the shadows."""

    by_id: Mapping[int, ObjectEntry]
    taken_at: int = field(default=0, compare=False)

    @classmethod
    def of(cls, records: list[_core.ObjectRecord], taken_at: int) -> Objects:
        return cls({record.id: _entry(record) for record in records}, taken_at)

    def chain(self, object_id: int) -> list[ObjectEntry]:
        """An object and those behind it, in the order in which a fault looks for a page."""
        entries = [self.by_id[object_id]]
        while (behind := entries[-1].shadow) is not None:
            entries.append(self.by_id[behind])
        return entries

    def __getitem__(self, object_id: int) -> ObjectEntry:
        return self.by_id[object_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    def __rich__(self) -> Any:
        counts = ("pages", "in memory", "in swap", "references")
        shown = table("object", "kind", *counts, "in front of", right=("object", *counts))
        for entry in self.by_id.values():
            behind = "" if entry.shadow is None else f"{entry.shadow}, from page {entry.shadow_offset}"
            numbers = (entry.pages, entry.resident, entry.swapped, entry.references)
            shown.add_row(str(entry.id), entry.kind, *map(str, numbers), behind)
        return shown


def _entry(record: _core.ObjectRecord) -> ObjectEntry:
    slots = tuple(
        ObjectPage(slot.page, slot.frame, slot.swap, slot.dirty, None if slot.frame is None else _STATES[slot.state])
        for slot in record.slots
    )
    kind = record.kind.name.lower()
    return ObjectEntry(record.id, kind, record.pages, record.references, record.shadow, record.shadow_offset, slots)
