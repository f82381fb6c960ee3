# SPDX-License-Identifier: GPL-2.0-only
"""The mappings of an address space, as /proc/PID/maps shows them, and how much of each is in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from vmlab import _core
from vmlab.address import Address
from vmlab.event_schema import vocabularies
from vmlab.views.render import Shown, table
from vmlab.views.snapshot import Snapshot

READ, WRITE, EXEC = 1, 2, 4


def rights_in_letters(protection: int) -> str:
    """PROT_ bits as "rwx", with "-" for what is missing."""
    return "".join(letter if protection & bit else "-" for letter, bit in (("r", READ), ("w", WRITE), ("x", EXEC)))


@dataclass(frozen=True)
class MapEntry(Shown):
    """One mapping: a window of the address space onto an object."""

    start: Address
    end: int  # one past the last address; 2**32 is possible
    protection: int
    shared: bool
    kind: str
    name: str
    object_id: int
    offset: int
    resident_pages: int

    @property
    def rights(self) -> str:
        """As /proc/PID/maps writes them: "rw-p"."""
        return rights_in_letters(self.protection) + ("s" if self.shared else "p")

    @property
    def pages(self) -> int:
        return (self.end - self.start) >> 12

    @property
    def writable(self) -> bool:
        return bool(self.protection & WRITE)

    def __contains__(self, address: object) -> bool:
        return isinstance(address, int) and self.start <= address < self.end

    def __str__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"{self.start:08x}-{self.end:08x} {self.rights} {self.offset:08x}{name}"

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(str(self))


@dataclass(frozen=True)
class Maps(Snapshot[MapEntry]):
    """All mappings of one address space, in address order."""

    entries: tuple[MapEntry, ...]
    taken_at: int = field(default=0, compare=False)

    @classmethod
    def of(cls, records: Iterable[_core.MappingRecord], taken_at: int) -> Maps:
        """From what the core says of each mapping."""
        kinds = tuple(vocabularies()["mapping_kind"])
        entries = (
            MapEntry(
                start=Address(record.start),
                end=record.end,
                protection=record.protection,
                shared=record.sharing == _core.Sharing.SHARED,
                kind=kinds[record.kind],
                name=record.name,
                object_id=record.object_id,
                offset=record.offset,
                resident_pages=record.resident_pages,
            )
            for record in records
        )
        return cls(tuple(entries), taken_at)

    @property
    def _items(self) -> tuple[MapEntry, ...]:
        return self.entries

    def find(self, address: int) -> MapEntry | None:
        """The mapping that holds this address, if any does."""
        return next((entry for entry in self.entries if address in entry), None)

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries))

    def __rich__(self) -> Any:
        shown = table("from", "to", "rights", "pages", "in memory", "what", right=("pages", "in memory"))
        for entry in self.entries:
            shown.add_row(
                f"{entry.start:08x}",
                f"{entry.end:08x}",
                entry.rights,
                str(entry.pages),
                str(entry.resident_pages),
                entry.name or entry.kind,
            )
        return shown
