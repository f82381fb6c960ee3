# SPDX-License-Identifier: GPL-2.0-only
"""A part of the log that reads in pairs: a record that asks the kernel for something, and the record of its answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

from vmlab.event_log import Log
from vmlab.event_record import EventRecord
from vmlab.views.render import Shown

_Item = TypeVar("_Item")
_Pairs = TypeVar("_Pairs", bound="Pairs[Any]")


class Pairs(Shown, Sequence[_Item]):
    """Pairs of one log, in order, each read when it is asked for; an answer may be missing.

    A slice is of the same type.
    """

    def __init__(self, log: Log, pairs: Sequence[tuple[int, int | None]]) -> None:
        self._log = log
        self._pairs = pairs

    @abstractmethod
    def _item(self, question: EventRecord, answer: EventRecord | None) -> _Item:
        """What a pair says."""

    def __len__(self) -> int:
        return len(self._pairs)

    @overload
    def __getitem__(self, index: int) -> _Item: ...
    @overload
    def __getitem__(self: _Pairs, index: slice) -> _Pairs: ...
    def __getitem__(self, index: int | slice) -> _Item | Pairs[_Item]:
        if isinstance(index, slice):
            return type(self)(self._log, self._pairs[index])
        return self._at(*self._pairs[index])

    def __iter__(self) -> Iterator[_Item]:
        return (self._at(*pair) for pair in self._pairs)

    def _at(self, question: int, answer: int | None) -> _Item:
        return self._item(self._record(question), None if answer is None else self._record(answer))

    def _record(self, index: int) -> EventRecord:
        return EventRecord(index, self._log.records.record(index))
