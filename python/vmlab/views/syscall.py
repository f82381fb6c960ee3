# SPDX-License-Identifier: GPL-2.0-only
"""System calls: each the record of its entry and the record of its return, seen as one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vmlab.event_record import EventRecord
from vmlab.views.pairs import Pairs
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


class Syscalls(Pairs[Syscall]):
    """System calls of one log, in order."""

    def _item(self, question: EventRecord, answer: EventRecord | None) -> Syscall:
        number, *arguments = question.words.values()
        name, count = self._log.syscalls.get(number, (f"syscall_{number}", len(arguments)))
        result = None if answer is None else int(answer.result)
        return Syscall(question.pid, number, name, tuple(arguments[:count]), result, question.index, question.time)

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
