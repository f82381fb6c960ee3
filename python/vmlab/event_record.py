# SPDX-License-Identifier: GPL-2.0-only
"""One record of the log, taken apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vmlab.event_schema import HEADER, Kind, Value, kinds


class EventRecord:
    """What one record says; `Event`, which can explain itself, is what a user gets.

    It never changes, and it equals another one that says the same of the same process, whenever that was.
    """

    __slots__ = ("_kind", "_partner", "_words", "index", "pid", "time")

    index: int
    time: int
    pid: int
    _kind: Kind
    _words: tuple[int, ...]
    _partner: EventRecord | None

    def __init__(self, index: int, record: bytes, partner: EventRecord | None = None) -> None:
        time, pid, kind, _ = HEADER.unpack_from(record)
        put = object.__setattr__
        put(self, "index", index)
        put(self, "time", time)
        put(self, "pid", pid)
        put(self, "_kind", kinds()[kind])
        put(self, "_words", self._kind.words.unpack_from(record, HEADER.size))
        put(self, "_partner", partner)

    @property
    def name(self) -> str:
        return self._kind.name

    @property
    def fields(self) -> dict[str, Value]:
        """All fields by name."""
        return {field.name: field.read(word) for field, word in self._pairs()}

    @property
    def words(self) -> dict[str, int]:
        """All fields by name, as the log's 32 bits."""
        return {field.name: word for field, word in self._pairs()}

    @property
    def partner(self) -> EventRecord | None:
        """Of a `fault` the `fault_resolved` that answers it, if that is in the log; and the other way round."""
        return self._partner

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for field, word in self._pairs():
                if field.name == name:
                    return field.read(word)
        raise AttributeError(f"event {self.name!r} has no field {name!r}" if name[:1] != "_" else name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(field.name for field in self._kind.fields)]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an event cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("an event cannot be changed")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EventRecord):
            return NotImplemented
        return (self.name, self.pid, self._words) == (other.name, other.pid, other._words)

    def __hash__(self) -> int:
        return hash((self.name, self.pid, self._words))

    def __reduce__(self) -> tuple[object, ...]:
        record = HEADER.pack(self.time, self.pid, self._kind.number, len(self._words))
        return type(self), (self.index, record + self._kind.words.pack(*self._words), self._partner)

    def __str__(self) -> str:
        shown = " ".join(f"{field.name}={field.show(word)}" for field, word in self._pairs())
        return f"{self.name} pid={self.pid} {shown}"

    def __repr__(self) -> str:
        return f"<{self} at time {self.time}>"

    def _pairs(self) -> Iterable[tuple[Any, int]]:
        return zip(self._kind.fields, self._words, strict=True)
