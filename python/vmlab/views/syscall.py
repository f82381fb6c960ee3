# SPDX-License-Identifier: GPL-2.0-only
"""System calls: each the record of its entry and the record of its return, seen as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from vmlab.event_log import Log
from vmlab.events import Event
from vmlab.views.render import Shown, table


@dataclass(frozen=True)
class Syscall(Shown):
    """One system call; `result` is None when it never returned."""

    pid: int
    number: int
    name: str
    arguments: tuple[int, ...]
    result: int | None
    index: int = field(compare=False)
    time: int = field(compare=False)

    def __str__(self) -> str:
        shown = ", ".join(map(hex, self.arguments))
        return f"{self.name}({shown})" + ("" if self.result is None else f" = {self.result}")

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(str(self))


class Syscalls(Shown, Sequence[Syscall]):
    """System calls of one log, in order."""

    def __init__(self, log: Log, pairs: Sequence[tuple[int, int | None]]) -> None:
        self._log = log
        self._pairs = pairs

    def __len__(self) -> int:
        return len(self._pairs)

    @overload
    def __getitem__(self, index: int) -> Syscall: ...
    @overload
    def __getitem__(self, index: slice) -> list[Syscall]: ...
    def __getitem__(self, index: int | slice) -> Syscall | list[Syscall]:
        if isinstance(index, slice):
            return [self._at(*pair) for pair in self._pairs[index]]
        return self._at(*self._pairs[index])

    def __iter__(self) -> Iterator[Syscall]:
        return (self._at(*pair) for pair in self._pairs)

    def _at(self, entry: int, back: int | None) -> Syscall:
        event = Event(entry, self._log.records.record(entry))
        number, *arguments = event.words.values()
        name, count = self._log.syscalls.get(number, (f"syscall_{number}", len(arguments)))
        result = None if back is None else int(Event(back, self._log.records.record(back)).result)
        return Syscall(event.pid, number, name, tuple(arguments[:count]), result, event.index, event.time)

    def __repr__(self) -> str:
        return f"<{len(self)} system calls>"

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __rich__(self) -> Any:
        shown = table("event", "pid", "call", "result", right=("event", "result"))
        for call in self:
            arguments = ", ".join(map(hex, call.arguments))
            result = "" if call.result is None else str(call.result)
            shown.add_row(str(call.index), str(call.pid), f"{call.name}({arguments})", result)
        return shown
