# SPDX-License-Identifier: GPL-2.0-only
"""The zones of RAM: how many of their frames are free, and when the pageout daemon turns to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vmlab.views.render import table
from vmlab.views.snapshot import Snapshot


@dataclass(frozen=True)
class Zone:
    """Neighbouring frames that are handed out, and kept free, for themselves.

    low: with fewer frames free or on standby the pageout daemon takes pages from their users, until there are `high`;
    what needs no frame of this zone goes to a lower one by then. evicted: pages that were taken from their users here.
    """

    name: str
    first: int
    total: int
    free: int
    zeroed: int
    pages: int
    standby: int
    low: int
    high: int
    evicted: int

    @property
    def frames(self) -> range:
        """The numbers of its frames."""
        return range(self.first, self.first + self.total)

    def __str__(self) -> str:
        return f"zone {self.name}: frames {self.first} to {self.first + self.total - 1}, {self.free} free"


@dataclass(frozen=True)
class Zones(Snapshot[Zone]):
    """All zones, the lowest first; frames are taken from the highest first."""

    zones: tuple[Zone, ...]
    taken_at: int = field(default=0, compare=False)

    def named(self, name: str) -> Zone:
        """The zone of this name."""
        for zone in self.zones:
            if zone.name == name:
                return zone
        raise ValueError(f"there is no zone {name!r}; there are {', '.join(zone.name for zone in self.zones)}")

    @property
    def _items(self) -> tuple[Zone, ...]:
        return self.zones

    def __repr__(self) -> str:
        return f"<zones: {', '.join(f'{zone.name} {zone.free} of {zone.total} free' for zone in self.zones)}>"

    def __rich__(self) -> Any:
        numbers = ("frames", "free", "zeroed", "pages", "standby", "low", "high", "evicted")
        shown = table("zone", "first", *numbers, right=("first", *numbers))
        for zone in self.zones:
            counts = (zone.total, zone.free, zone.zeroed, zone.pages, zone.standby, zone.low, zone.high, zone.evicted)
            shown.add_row(zone.name, str(zone.first), *map(str, counts))
        return shown
