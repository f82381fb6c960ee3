# SPDX-License-Identifier: GPL-2.0-only
"""System calls: each the record of its entry and the record of its return, seen as one, in words as strace's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vmlab.event_record import EventRecord
from vmlab.linux_names import ERRORS, RESTARTS
from vmlab.views.pairs import Pairs
from vmlab.views.render import Shown, table

_MOST_ERRORS = 4095
_RETURN_ADDRESSES = frozenset({"brk", "mmap", "mmap2", "mremap"})
_AT_FDCWD = -100
_ESCAPES = {0x09: "\\t", 0x0A: "\\n", 0x0B: "\\v", 0x0C: "\\f", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\"}


@dataclass(frozen=True)
class Syscall(Shown):
    """One system call; `result` is None when it never returned.

    `signature` has a letter for each argument: d decimal, x hexadecimal, p pointer, s string, f file descriptor.
    """

    pid: int
    number: int
    name: str
    signature: str
    arguments: tuple[int, ...]
    result: int | None
    index: int = field(compare=False)
    time: int = field(compare=False)

    @classmethod
    def of(
        cls, question: EventRecord, answer: EventRecord | None, table_of_calls: Mapping[int, tuple[str, str]]
    ) -> Syscall:
        """The call of a record `syscall` and, if it is there, the `syscall_return` that answers it."""
        number, *arguments = question.words.values()
        name, signature = table_of_calls.get(number, (f"syscall_{number}", "x" * len(arguments)))
        result = None if answer is None else int(answer.result)
        shown = tuple(arguments[: len(signature)])
        return cls(question.pid, number, name, signature, shown, result, question.index, question.time)

    def shown(self, strings: Mapping[int, str] | None = None) -> str:
        """The name and the arguments; `strings` has the text to show for an address of a string."""
        texts = strings or {}
        pairs = zip(self.signature, self.arguments, strict=True)
        arguments = (
            texts[word] if kind == "s" and word in texts else show_argument(kind, word) for kind, word in pairs
        )
        return f"{self.name}({', '.join(arguments)})"

    def __str__(self) -> str:
        return self.shown() + ("" if self.result is None else f" = {show_result(self.name, self.result)}")

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(str(self))


class Syscalls(Pairs[Syscall]):
    """System calls of one log, in order."""

    def _item(self, question: EventRecord, answer: EventRecord | None) -> Syscall:
        return Syscall.of(question, answer, self._log.syscalls)

    def __repr__(self) -> str:
        return f"<{len(self)} system calls>"

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __rich__(self) -> Any:
        shown = table("event", "pid", "call", "result", right=("event", "result"))
        for call in self:
            result = "" if call.result is None else show_result(call.name, call.result)
            shown.add_row(str(call.index), str(call.pid), call.shown(), result)
        return shown


def show_argument(kind: str, word: int) -> str:
    """An argument's 32 bits by its letter in the table of calls: -1, 0x8000, NULL, AT_FDCWD."""
    if kind in "ps":
        return hex(word) if word else "NULL"
    if kind == "x":
        return hex(word) if word else "0"
    signed = word - (1 << 32) if word >> 31 else word
    return "AT_FDCWD" if kind == "f" and signed == _AT_FDCWD else str(signed)


def show_result(name: str, result: int) -> str:
    """What a call returned: 3, an address in hexadecimal, -1 ENOENT (...), or ? ERESTARTSYS (...)."""
    if -result in RESTARTS:
        error, text = RESTARTS[-result]
        return f"? {error} ({text})"
    if -_MOST_ERRORS <= result < 0:
        error, text = ERRORS.get(-result, (f"errno {-result}", "unknown error"))
        return f"-1 {error} ({text})"
    return hex(result & 0xFFFFFFFF) if name in _RETURN_ADDRESSES else str(result)


def quote(data: bytes) -> str:
    """Bytes as a C string; those that are not printable ASCII as octal escapes, short where no digit follows."""
    following = [*data[1:], 0]
    return '"' + "".join(map(_escape, data, following)) + '"'


def _escape(byte: int, following: int) -> str:
    if byte in _ESCAPES:
        return _ESCAPES[byte]
    if 0x20 <= byte < 0x7F:
        return chr(byte)
    return f"\\{byte:03o}" if ord("0") <= following <= ord("9") else f"\\{byte:o}"
