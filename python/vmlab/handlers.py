# SPDX-License-Identifier: GPL-2.0-only
"""Page-fault handlers written in Python: what they are given, and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from types import NotImplementedType
from typing import Any

from vmlab import _core
from vmlab.address import Address
from vmlab.errors import HandlerMadeNoProgress
from vmlab.event_schema import vocabularies

__all__ = ["DELIVER", "RETRY", "FaultHandle", "Handler", "HandlerKernel", "HandlerMadeNoProgress"]

RETRY = _core.HandlerAnswer.RETRY
"""The handler made it good: run the instruction again."""

DELIVER = _core.HandlerAnswer.DELIVER
"""Nothing can make it good: the process gets what an unresolved fault gives it."""

READ, WRITE = 1, 2


class HandlerKernel:
    """What a page-fault handler may do; each call is in the journal. It is valid until the handler returns."""

    def __init__(self, door: _core.HandlerDoor) -> None:
        self._door = door

    @property
    def pid(self) -> int:
        """The process that faulted."""
        return self._door.pid

    def allocate_frame(self) -> int:
        """The number of a frame filled with zeros; MemoryError when none is left. Frames not mapped go back."""
        return self._door.allocate_frame()

    def write_frame(self, frame: int, data: bytes, offset: int = 0) -> None:
        """Fill bytes of a frame that `allocate_frame` gave."""
        self._door.write_frame(frame, offset, bytes(data))

    def map_page(self, page: int, frame: int, writable: bool = True) -> None:
        """Map a page, by any address in it, to a frame that `allocate_frame` gave."""
        if not 0 <= page < 1 << 32:
            raise ValueError(f"{page:#x} is no 32-bit address")
        self._door.map_page(page & ~0xFFF, frame, READ | WRITE if writable else READ)


class FaultHandle:
    """The page fault that a handler is asked about. It is valid until the handler returns."""

    def __init__(self, address: int, error: int, access: str, eip: int, pid: int) -> None:
        self._values: dict[str, Any] | None = {
            "address": Address(address),
            "page": Address(address).page,
            "error": error,
            "access": access,
            "eip": Address(eip),
            "pid": pid,
        }

    def expire(self) -> None:
        self._values = None

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})
        if values is None:
            raise ValueError(
                f"this fault has expired: keep fault.{name} itself, or look at lab.events.faults after the run"
            )
        if name not in values:
            raise AttributeError(f"a fault has no {name!r}; it has {', '.join(values)}")
        return values[name]

    def __repr__(self) -> str:
        if self._values is None:
            return "<an expired fault>"
        return f"<fault: {self.access} of {self.address}, error {self.error}, eip {self.eip}>"


Handler = Callable[[HandlerKernel, FaultHandle], "_core.HandlerAnswer | NotImplementedType"]


def adapt(handler: Handler) -> Callable[..., _core.HandlerAnswer]:
    """The handler as the core calls it."""
    words = tuple(vocabularies()["access"])

    def call(door: _core.HandlerDoor, address: int, error: int, access: int, eip: int) -> _core.HandlerAnswer:
        fault = FaultHandle(address, error, words[access], eip, door.pid)
        try:
            answer = handler(HandlerKernel(door), fault)
        finally:
            fault.expire()
        if answer is NotImplemented:
            return _core.HandlerAnswer.NOT_IMPLEMENTED
        if isinstance(answer, _core.HandlerAnswer):
            return answer
        raise TypeError(
            "a page-fault handler returns vmlab.RETRY, vmlab.DELIVER or NotImplemented (the built-in handling), "
            f"not {answer!r}"
        )

    return call
