# SPDX-License-Identifier: GPL-2.0-only
"""Transfers: pages on their way between memory and a disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from vmlab import _core


class CarriedPage(NamedTuple):
    """A page that a transfer carries, and the frame that it comes from or goes to."""

    object: int
    page: int
    frame: int


class Transfer(NamedTuple):
    """One transfer that is under way: "read" into memory or "write" to the disk, for the process `pid`.

    Its pages are busy until the simulated time `ends_at`.
    """

    id: int
    pid: int
    direction: str
    ends_at: int
    pages: tuple[CarriedPage, ...]


def transfers_of(records: Iterable[_core.TransferRecord]) -> list[Transfer]:
    """The transfers, the first to end first."""
    return [
        Transfer(
            record.id,
            record.pid,
            record.direction.name.lower(),
            record.ends_at,
            tuple(map(CarriedPage, record.objects, record.pages, record.frames)),
        )
        for record in records
    ]


def disk_failure(disk: str, direction: str, transfers: int) -> tuple[_core.DiskName, _core.IoDirection, int]:
    """What fail_disk() was asked for; ValueError that names the choices."""
    for name, value, choices in (("disk", disk, ("swap", "files")), ("direction", direction, ("read", "write"))):
        if value not in choices:
            raise ValueError(f"{name}={value!r}: one of {', '.join(map(repr, choices))}")
    if not 0 <= transfers < 1 << 32:
        raise ValueError(f"transfers={transfers}: a number from 0 to 4294967295")
    return _core.DiskName[disk.upper()], _core.IoDirection[direction.upper()], transfers
