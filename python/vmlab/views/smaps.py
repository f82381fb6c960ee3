# SPDX-License-Identifier: GPL-2.0-only
"""What of each mapping is in memory and in swap, as /proc/PID/smaps tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from vmlab import _core
from vmlab.views.maps import MapEntry, Maps
from vmlab.views.render import Shown, table
from vmlab.views.snapshot import Snapshot


@dataclass(frozen=True)
class MemoryUse:
    """Bytes of a mapping, or of all of them. The frame of zeros is nobody's page and counts nowhere."""

    size: int
    rss: int  # with a present page-table entry
    pss: int  # each page divided by the number of entries that map it
    pss_dirty: int
    shared_clean: int  # shared: more than one entry maps the page
    shared_dirty: int  # dirty: the page differs from its file or swap slot
    private_clean: int
    private_dirty: int
    referenced: int  # the A bit is set
    anonymous: int  # private pages of no file
    swap: int  # without an entry, and a swap slot has the content
    swap_pss: int
    locked: int

    @classmethod
    def of(cls, record: _core.MappingUseRecord) -> MemoryUse:
        """From what the core counted."""
        return cls(**{name: getattr(record, name) for name in cls.__dataclass_fields__})

    def lines(self) -> list[str]:
        """The counts as smaps writes them, in kB."""
        counts = ((_LABELS[name], getattr(self, name)) for name in self.__dataclass_fields__ if name != "size")
        return [_line(label, count) for label, count in counts]


_LABELS = {name: name.title() for name in MemoryUse.__dataclass_fields__} | {"swap_pss": "SwapPss"}


def _line(label: str, count: int) -> str:
    return f"{label + ':':16}{count // 1024:8} kB"


@dataclass(frozen=True)
class SmapsEntry(Shown):
    """One mapping and its use."""

    mapping: MapEntry
    use: MemoryUse
    flags: tuple[str, ...]  # VmFlags: "rd", "wr", "mr", ...

    def __getattr__(self, name: str) -> int:
        """`entry.rss` for `entry.use.rss`."""
        if name not in MemoryUse.__dataclass_fields__:
            raise AttributeError(name)
        return int(getattr(self.use, name))

    def __str__(self) -> str:
        page = [_line("Size", self.use.size), _line("KernelPageSize", 4096), _line("MMUPageSize", 4096)]
        return "\n".join([str(self.mapping), *page, *self.use.lines(), "VmFlags: " + " ".join(self.flags)])

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(str(self))


@dataclass(frozen=True)
class Smaps(Snapshot[SmapsEntry]):
    """All mappings of one address space with their use, in address order; `total` is what smaps_rollup shows."""

    entries: tuple[SmapsEntry, ...]
    total: MemoryUse
    taken_at: int = field(default=0, compare=False)

    @classmethod
    def of(cls, maps: Maps, records: Iterable[_core.MappingUseRecord]) -> Smaps:
        """From the mappings and what the core counted of each."""
        records = list(records)
        entries = [
            SmapsEntry(mapping, MemoryUse.of(record), tuple(record.flags.split()))
            for mapping, record in zip(maps, records, strict=True)
        ]
        return cls(tuple(entries), MemoryUse.of(_core.sum_of_uses(records)), maps.taken_at)

    @property
    def _items(self) -> tuple[SmapsEntry, ...]:
        return self.entries

    def find(self, address: int) -> SmapsEntry | None:
        """The mapping that holds this address, if any does."""
        return next((entry for entry in self.entries if address in entry.mapping), None)

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries))

    def __rich__(self) -> Any:
        columns = ("rss", "pss", "shared", "private", "dirty", "swap")
        shown = table("from", "rights", *columns, "what", right=columns)
        for entry in self.entries:
            use = entry.use
            shared, private = use.shared_clean + use.shared_dirty, use.private_clean + use.private_dirty
            counts = (use.rss, use.pss, shared, private, use.shared_dirty + use.private_dirty, use.swap)
            mapping = entry.mapping
            kilobytes = [f"{count // 1024} kB" for count in counts]
            shown.add_row(f"{mapping.start:08x}", mapping.rights, *kilobytes, mapping.name or mapping.kind)
        return shown
