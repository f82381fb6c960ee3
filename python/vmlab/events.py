# SPDX-License-Identifier: GPL-2.0-only
"""Events: what happened in a Lab, record by record, and how to pick from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from vmlab.event_log import Log
from vmlab.event_record import EventRecord
from vmlab.event_schema import HEADER, kind_named
from vmlab.explain import USER, Explanation
from vmlab.views.events import events_table, events_to_pandas
from vmlab.views.fault import Fault, Faults
from vmlab.views.render import to_html
from vmlab.views.syscall import Syscalls

if TYPE_CHECKING:
    import pandas

__all__ = ["Event", "EventPattern", "Events", "event"]


class Event(EventRecord):
    """What happened at one moment: `name`, `pid`, `time`, `index`, and the fields that events of this name have.

    It never changes, and it equals another one that says the same of the same process, whenever that was.
    """

    __slots__ = ()

    _partner: Event | None

    @property
    def partner(self) -> Event | None:
        """Of a `fault` the `fault_resolved` that answers it, if that is in the log; and the other way round."""
        return self._partner

    def explain(self) -> Explanation:
        """What happened, in words a student can follow. Only page faults have more to say than their fields."""
        return Fault.of(self).explain()


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
        chosen = {index for index, error in self._log.column("fault", "error") if error & USER == level}
        return Faults(self._log, [pair for pair in self._pairs("fault", "fault_resolved") if pair[0] in chosen])

    @property
    def syscalls(self) -> Syscalls:
        """The system calls, each with what it returned."""
        return Syscalls(self._log, self._pairs("syscall", "syscall_return"))

    def to_bytes(self) -> bytes:
        """The records as they lie in the log."""
        if len(self) == self._log.records.count():
            return self._log.records.to_bytes()
        return b"".join(map(self._log.records.record, self._indices))

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame: a row a record. Columns are uint32; where kinds are mixed, those of the others are missing."""
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
        return to_html(events_table(self))

    def __rich__(self) -> Any:
        return events_table(self)
