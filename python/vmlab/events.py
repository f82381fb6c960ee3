# SPDX-License-Identifier: GPL-2.0-only
"""Events: what happened in a Lab, record by record, and how to pick from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from vmlab.event_log import Log
from vmlab.event_schema import HEADER, Kind, Value, kind_named, kinds

if TYPE_CHECKING:
    import pandas

    from vmlab.explain import Explanation
    from vmlab.views.fault import Faults
    from vmlab.views.syscall import Syscalls

__all__ = ["Event", "EventPattern", "Events", "event"]

USER = 4  # U/S in the error code of a page fault: the access was made in ring 3


class Event:
    """One record of the log: `name`, `pid`, `time`, `index`, and the fields that events of this name have.

    It never changes, and it equals another one that says the same of the same process, whenever that was.
    """

    __slots__ = ("_kind", "_partner", "_words", "index", "pid", "time")

    index: int
    time: int
    pid: int
    _kind: Kind
    _words: tuple[int, ...]
    _partner: Event | None

    def __init__(self, index: int, record: bytes, partner: Event | None = None) -> None:
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
    def partner(self) -> Event | None:
        """Of a `fault` the `fault_resolved` that answers it, if that is in the log; and the other way round."""
        return self._partner

    def explain(self) -> Explanation:
        """What happened, in words a student can follow. Only page faults have more to say than their fields."""
        from vmlab.views.fault import Fault

        return Fault.of(self).explain()

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
        if not isinstance(other, Event):
            return NotImplemented
        return (self.name, self.pid, self._words) == (other.name, other.pid, other._words)

    def __hash__(self) -> int:
        return hash((self.name, self.pid, self._words))

    def __reduce__(self) -> tuple[object, ...]:
        record = HEADER.pack(self.time, self.pid, self._kind.number, len(self._words))
        return Event, (self.index, record + self._kind.words.pack(*self._words), self._partner)

    def __str__(self) -> str:
        shown = " ".join(f"{field.name}={field.show(word)}" for field, word in self._pairs())
        return f"{self.name} pid={self.pid} {shown}"

    def __repr__(self) -> str:
        return f"<{self} at time {self.time}>"

    def _pairs(self) -> Iterable[tuple[Any, int]]:
        return zip(self._kind.fields, self._words, strict=True)


class EventPattern:
    """A description of events to wait for: a name, and the values that some fields must have."""

    def __init__(self, name: str, fields: dict[str, object]) -> None:
        self.kind = kind_named(name)
        for field, wanted in fields.items():
            words = () if field == "pid" else self.kind.field(field).words
            if words and wanted not in words:
                raise ValueError(f"{field} of event {name!r} is one of {', '.join(map(repr, words))}, not {wanted!r}")
        self.fields = dict(fields)

    def matches(self, event: Event) -> bool:
        return event.name == self.kind.name and all(
            getattr(event, field) == wanted for field, wanted in self.fields.items()
        )

    def __repr__(self) -> str:
        shown = "".join(f", {name}={value!r}" for name, value in self.fields.items())
        return f"vmlab.event({self.kind.name!r}{shown})"


def event(name: str, **fields: object) -> EventPattern:
    """Events with this name whose fields have these values, for `lab.run(until=...)`."""
    return EventPattern(name, fields)


class Events(Sequence[Event]):
    """Records of one log, in order. It is as long as it was when it was asked for; the log may have grown since."""

    def __init__(self, log: Log, indices: Sequence[int], end: int) -> None:
        self._log = log
        self._indices = indices
        self._end = end

    @classmethod
    def of_log(cls, log: Log) -> Events:
        end = log.records.count()
        return cls(log, range(end), end)

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Events: ...
    def __getitem__(self, index: int | slice) -> Event | Events:
        if isinstance(index, slice):
            return Events(self._log, self._indices[index], self._end)
        return self._at(self._indices[index])

    def __iter__(self) -> Iterator[Event]:
        return map(self._at, self._indices)

    def of(self, *names: str, pid: int | None = None) -> Events:
        """Those with one of these names (any, when none is given), of this process alone if `pid` is given."""
        indices: Iterable[int] = self._indices
        if names:
            there = self._indices if isinstance(self._indices, range) else frozenset(self._indices)
            numbers = [kind_named(name).number for name in dict.fromkeys(names)]
            indices = sorted(i for number in numbers for i in self._log.records.of_kind(number) if i in there)
        if pid is not None:
            indices = (i for i in indices if HEADER.unpack_from(self._log.records.record(i))[1] == pid)
        return Events(self._log, list(indices), self._end)

    def where(self, predicate: Callable[[Event], object]) -> Events:
        """Those for which the predicate says so."""
        return Events(self._log, [event.index for event in self if predicate(event)], self._end)

    @property
    def faults(self) -> Faults:
        """The page faults of programs, each with what became of it."""
        return self._faults(USER)

    @property
    def kernel_faults(self) -> Faults:
        """Those of the kernel itself, where it touches a page for a system call or to start a program."""
        return self._faults(0)

    def _faults(self, level: int) -> Faults:
        from vmlab.views.fault import Faults

        chosen = {index for index, error in self._log.column("fault", "error") if error & USER == level}
        return Faults(self._log, [pair for pair in self._pairs("fault", "fault_resolved") if pair[0] in chosen])

    @property
    def syscalls(self) -> Syscalls:
        """The system calls, each with what it returned."""
        from vmlab.views.syscall import Syscalls

        return Syscalls(self._log, self._pairs("syscall", "syscall_return"))

    def to_bytes(self) -> bytes:
        """The records as they lie in the log."""
        if len(self) == self._log.records.count():
            return self._log.records.to_bytes()
        return b"".join(map(self._log.records.record, self._indices))

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame: a row a record. Columns are uint32; where kinds are mixed, those of the others are missing."""
        from vmlab.views.events import events_to_pandas

        return events_to_pandas(self._log, self._indices)

    def _at(self, index: int) -> Event:
        records = self._log.records
        event = Event(index, records.record(index))
        partner = None
        if event.name == "fault_resolved":
            partner = self._log.partner_of_answer(index, "fault", event.pid)
        elif event.name == "fault":
            partner = self._log.partner_of_question(index, "fault_resolved", event.pid, self._end)
        if partner is None:
            return event
        return Event(index, records.record(index), Event(partner, records.record(partner)))

    def _pairs(self, first: str, second: str) -> list[tuple[int, int | None]]:
        there = self._indices if isinstance(self._indices, range) else frozenset(self._indices)
        pairs = [pair for pair in self._log.pairs(first, second) if pair[0] in there]
        return [(asked, answer if answer is None or answer < self._end else None) for asked, answer in pairs]

    def __repr__(self) -> str:
        return f"<{len(self)} events>"

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def _repr_html_(self) -> str:
        from vmlab.views.events import events_table
        from vmlab.views.render import to_html

        return to_html(events_table(self))

    def __rich__(self) -> Any:
        from vmlab.views.events import events_table

        return events_table(self)
