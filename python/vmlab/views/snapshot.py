# SPDX-License-Identifier: GPL-2.0-only
"""A snapshot that is a sequence of what it shows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

from vmlab.views.render import Shown

_Item = TypeVar("_Item")


class Snapshot(Shown, Sequence[_Item]):
    """Reads as the tuple of its items; a slice is a tuple."""

    @property
    @abstractmethod
    def _items(self) -> tuple[_Item, ...]:
        """What it is a sequence of."""

    @overload
    def __getitem__(self, index: int) -> _Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_Item, ...]: ...
    def __getitem__(self, index: int | slice) -> _Item | tuple[_Item, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[_Item]:
        return iter(self._items)
