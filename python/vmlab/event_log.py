# SPDX-License-Identifier: GPL-2.0-only
"""Where events are read from: a Lab's log, which stays when the Lab closes, or the bytes of one that was pickled."""

from __future__ import annotations

import functools
import itertools
import struct
from collections.abc import Iterator
from typing import Protocol

from vmlab.event_schema import HEADER, kind_named

_INDEX = struct.Struct("<Q")
_WORD = struct.Struct("<I")

# A row of one kind: the record's index and its header, then the fields.
ROW = struct.Struct("<QQIHH")
ROW_PID = 16


class Records(Protocol):
    """What the core's Tracer offers."""

    def count(self) -> int: ...
    def record(self, index: int) -> bytes: ...
    def of_kind(self, kind: int) -> list[int]: ...
    def rows(self, kind: int) -> bytes: ...
    def to_bytes(self) -> bytes: ...


class FrozenRecords:
    """The records in the bytes of a log."""

    def __init__(self, log: bytes) -> None:
        self._log = log

    @functools.cached_property
    def _places(self) -> list[tuple[int, int, int]]:
        """Begin, end and kind of each."""
        places = []
        begin = 0
        while begin < len(self._log):
            _, _, kind, words = HEADER.unpack_from(self._log, begin)
            end = begin + HEADER.size + 4 * words
            places.append((begin, end, kind))
            begin = end
        return places

    def count(self) -> int:
        return len(self._places)

    def record(self, index: int) -> bytes:
        begin, end, _ = self._places[index]
        return self._log[begin:end]

    def of_kind(self, kind: int) -> list[int]:
        return [index for index, place in enumerate(self._places) if place[2] == kind]

    def rows(self, kind: int) -> bytes:
        return b"".join(_INDEX.pack(index) + self.record(index) for index in self.of_kind(kind))

    def to_bytes(self) -> bytes:
        return self._log


class Log:
    """One Lab's log, shared by everything that reads events."""

    def __init__(self, records: Records, abi: str, syscalls: dict[int, tuple[str, str]]) -> None:
        self.records = records
        self.abi = abi
        self.syscalls = syscalls  # number: name, a letter for each argument

    def __reduce__(self) -> tuple[object, ...]:
        return _thaw, (self.records.to_bytes(), self.abi, self.syscalls)

    def pairs(self, first: str, second: str) -> list[tuple[int, int | None]]:
        """The indices of each record of kind `first` with the next one of kind `second` of the same process.

        The second may be missing: the kernel has not answered yet, or never will.
        """
        firsts = ((index, pid, True) for index, pid in self.column(first, "pid"))
        seconds = ((index, pid, False) for index, pid in self.column(second, "pid"))
        found: list[tuple[int, int | None]] = []
        waiting: dict[int, int] = {}  # pid: place in `found`
        for index, pid, is_first in sorted(itertools.chain(firsts, seconds)):
            if is_first:
                waiting[pid] = len(found)
                found.append((index, None))
            elif pid in waiting:
                place = waiting.pop(pid)
                found[place] = (found[place][0], index)
        return found

    def column(self, name: str, field: str) -> Iterator[tuple[int, int]]:
        """The index of each record of one kind with one field's word, or its pid."""
        kind = kind_named(name)
        fields = [each.name for each in kind.fields]
        place = ROW_PID if field == "pid" else ROW.size + 4 * fields.index(field)
        row = ROW.size + 4 * len(fields)
        rows = self.records.rows(kind.number)
        for begin in range(0, len(rows), row):
            yield _INDEX.unpack_from(rows, begin)[0], _WORD.unpack_from(rows, begin + place)[0]

    def partner_of_answer(self, answer: int, name: str, pid: int) -> int | None:
        """The record of kind `name` that the record at index `answer` belongs to: the last of its process before."""
        kind, answer_kind = kind_named(name).number, self._kind_and_pid(answer)[0]
        for index in range(answer - 1, -1, -1):
            found = self._kind_and_pid(index)
            if found == (kind, pid):
                return index
            if found == (answer_kind, pid):
                return None
        return None

    def partner_of_question(self, question: int, name: str, pid: int, end: int) -> int | None:
        """The record of kind `name` that answers the record at index `question`, if it is in the log before `end`."""
        wanted = (kind_named(name).number, pid)
        return next((i for i in range(question + 1, end) if self._kind_and_pid(i) == wanted), None)

    def _kind_and_pid(self, index: int) -> tuple[int, int]:
        _, pid, kind, _ = HEADER.unpack_from(self.records.record(index))
        return kind, pid


def _thaw(log: bytes, abi: str, syscalls: dict[int, tuple[str, str]]) -> Log:
    return Log(FrozenRecords(log), abi, syscalls)
