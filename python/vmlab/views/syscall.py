# SPDX-License-Identifier: GPL-2.0-only
"""System calls: each the record of its entry and the record of its return, seen as one, in words as strace's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vmlab import jos_names
from vmlab.abi import family
from vmlab.event_record import EventRecord
from vmlab.linux_names import ERRORS, RESTARTS
from vmlab.views.pairs import Pairs
from vmlab.views.render import Shown, table

_MOST_ERRORS = 4095
_FAILED = -1
_RETURN_ADDRESSES = {
    "linux": frozenset({"brk", "mmap", "mmap2", "mremap"}),
    "xv6": frozenset({"sbrk", "mmap"}),
}
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
    abi: str  # whose names the words have
    index: int = field(compare=False)
    time: int = field(compare=False)

    @classmethod
    def of(
        cls, question: EventRecord, answer: EventRecord | None, abi: str, table_of_calls: Mapping[int, tuple[str, str]]
    ) -> Syscall:
        """The call of a record `syscall` and, if it is there, the `syscall_return` that answers it."""
        number, *arguments = question.words.values()
        name, signature = table_of_calls.get(number, (f"syscall_{number}", "x" * len(arguments)))
        result = None if answer is None else int(answer.result)
        shown = tuple(arguments[: len(signature)])
        return cls(question.pid, number, name, signature, shown, result, abi, question.index, question.time)

    def shown(self, strings: Mapping[int, str] | None = None) -> str:
        """The name and the arguments; `strings` has the text to show for an address of a string."""
        texts = strings or {}
        pairs = zip(self.signature, self.arguments, strict=True)
        arguments = (
            texts[word] if kind == "s" and word in texts else show_argument(self.abi, kind, word)
            for kind, word in pairs
        )
        return f"{self.name}({', '.join(arguments)})"

    def __str__(self) -> str:
        return self.shown() + ("" if self.result is None else f" = {show_result(self.abi, self.name, self.result)}")

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(str(self))


class Syscalls(Pairs[Syscall]):
    """System calls of one log, in order."""

    def _item(self, question: EventRecord, answer: EventRecord | None) -> Syscall:
        return Syscall.of(question, answer, self._log.abi, self._log.syscalls)

    def __repr__(self) -> str:
        return f"<{len(self)} system calls>"

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __rich__(self) -> Any:
        shown = table("event", "pid", "call", "result", right=("event", "result"))
        for call in self:
            result = "" if call.result is None else show_result(call.abi, call.name, call.result)
            shown.add_row(str(call.index), str(call.pid), call.shown(), result)
        return shown


def show_argument(abi: str, kind: str, word: int) -> str:
    """An argument's 32 bits by its letter in the table of calls: -1, 0x8000, NULL; under Linux AT_FDCWD."""
    if kind in "ps":
        return hex(word) if word else "NULL"
    if kind == "x":
        return hex(word) if word else "0"
    signed = word - (1 << 32) if word >> 31 else word
    return "AT_FDCWD" if abi == "linux" and kind == "f" and signed == _AT_FDCWD else str(signed)


def show_result(abi: str, name: str, result: int) -> str:
    """What a call returned: 3, an address in hexadecimal, an error by the ABI's own name where it has names."""
    system = family(abi)
    error = _linux_error(result) if system == "linux" else _jos_error(result) if system == "jos" else None
    if error is not None:
        return error
    is_address = name in _RETURN_ADDRESSES.get(system, ()) and result != _FAILED
    return hex(result & 0xFFFFFFFF) if is_address else str(result)


def _linux_error(result: int) -> str | None:
    """-1 ENOENT (...), as a C library has it, or ? ERESTARTSYS (...), which no program sees."""
    if -result in RESTARTS:
        error, text = RESTARTS[-result]
        return f"? {error} ({text})"
    if -_MOST_ERRORS <= result < 0:
        error, text = ERRORS.get(-result, (f"errno {-result}", "unknown error"))
        return f"-1 {error} ({text})"
    return None


def _jos_error(result: int) -> str | None:
    return f"{result} {jos_names.ERRORS[-result]}" if -result in jos_names.ERRORS else None


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
