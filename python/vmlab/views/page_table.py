# SPDX-License-Identifier: GPL-2.0-only
"""Page-table entries as a student reads them, and the whole of an address space's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vmlab.address import PAGE_SIZE, Address
from vmlab.views.render import Shown, table

PRESENT, WRITABLE, USER, ACCESSED, DIRTY, LARGE = 0x01, 0x02, 0x04, 0x20, 0x40, 0x80
_NAMES = {PRESENT: "present", WRITABLE: "writable", USER: "user", ACCESSED: "accessed", DIRTY: "dirty"}


def flags_in_words(bits: int) -> str:
    """The bits of one entry: "present writable user", or "not present"."""
    if not bits & PRESENT:
        return "not present"
    return " ".join(name for bit, name in _NAMES.items() if bits & bit)


@dataclass(frozen=True)
class Entry(Shown):
    """What the tables say of one page: its entry, and the directory's entry above it.

    The processor combines both levels: `writable` and `user` hold only where both say so.
    """

    address: Address
    directory_bits: int = 0
    bits: int = 0
    cow: bool = False  # the mapping may be written, the entry may not: a write copies first

    @property
    def present(self) -> bool:
        return bool(self.directory_bits & self.bits & PRESENT)

    @property
    def writable(self) -> bool:
        return self.present and bool(self.directory_bits & self.bits & WRITABLE)

    @property
    def user(self) -> bool:
        return self.present and bool(self.directory_bits & self.bits & USER)

    @property
    def accessed(self) -> bool:
        return self.present and bool(self.bits & ACCESSED)

    @property
    def dirty(self) -> bool:
        return self.present and bool(self.bits & DIRTY)

    @property
    def frame(self) -> int | None:
        """The number of the page frame; None when the page is not present."""
        return self.bits >> 12 if self.present else None

    @property
    def flags(self) -> str:
        """In words: "present writable user accessed dirty cow"."""
        if not self.present:
            return "not present"
        words = [name for name in _NAMES.values() if getattr(self, name)]
        return " ".join([*words, "cow"] if self.cow else words)

    def __str__(self) -> str:
        return f"{self.address}: {self.flags}" + (f", frame {self.frame}" if self.present else "")

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(str(self))


@dataclass(frozen=True)
class Change(Shown):
    """One page whose entry differs between two snapshots."""

    before: Entry
    after: Entry

    @property
    def address(self) -> Address:
        return self.before.address

    def __str__(self) -> str:
        return f"{self.address}: {_with_frame(self.before)} -> {_with_frame(self.after)}"

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(str(self))


@dataclass(frozen=True)
class PageTableDiff(Shown):
    """What changed from one snapshot of a page table to another."""

    changes: tuple[Change, ...]

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __rich__(self) -> Any:
        shown = table("page", "before", "after")
        for change in self.changes:
            shown.add_row(str(change.address), _with_frame(change.before), _with_frame(change.after))
        return shown


@dataclass(frozen=True)
class PageTable(Shown, Mapping[int, Entry]):
    """The present user pages of one address space, in address order, by the address of the page.

    `page_table[va]` takes any 32-bit address and never raises for one; iteration yields the present entries' addresses.
    """

    entries: Mapping[int, Entry]
    root: Address
    taken_at: int = field(default=0, compare=False)

    def __getitem__(self, address: int) -> Entry:
        if not 0 <= address < 1 << 32:
            raise ValueError(f"{address:#x} is no 32-bit address")
        page = Address(address & ~(PAGE_SIZE - 1))
        return self.entries.get(page, Entry(page))

    def __iter__(self) -> Iterator[int]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, address: object) -> bool:
        return isinstance(address, int) and 0 <= address < 1 << 32 and self[address].present

    def diff(self, other: PageTable) -> PageTableDiff:
        """What is different in `other`, the later one."""
        pages = sorted({*self.entries, *other.entries})
        return PageTableDiff(tuple(Change(self[page], other[page]) for page in pages if self[page] != other[page]))

    def __rich__(self) -> Any:
        shown = table("page", "frame", "flags", right=("frame",))
        for entry in self.entries.values():
            shown.add_row(str(entry.address), str(entry.frame), entry.flags)
        return shown


def _with_frame(entry: Entry) -> str:
    return entry.flags if entry.frame is None else f"{entry.flags}, frame {entry.frame}"
