# SPDX-License-Identifier: GPL-2.0-only
"""What the handlers of a `vmlab.Abi` are given: the process that is in the kernel, and why."""

from __future__ import annotations

import operator
from dataclasses import dataclass

from vmlab import _core
from vmlab.address import PAGE_SIZE, Address
from vmlab.errors import BadAddress, CallFailed
from vmlab.views.registers import Registers

__all__ = ["Child", "ProcessHandle", "UnresolvedFault"]

_READ, _WRITE = 1, 2
_ADDRESSES = 1 << 32


@dataclass(frozen=True)
class Child:
    """A process that the caller forked; one that was killed has a signal and no status."""

    pid: int
    alive: bool
    exit_status: int | None
    signal: int | None


@dataclass(frozen=True)
class UnresolvedFault:
    """A page fault that the kernel could not make good: `result` is why, as in the log."""

    address: Address
    error: int
    access: str  # "read", "write" or "fetch"
    eip: Address
    result: str  # "no_mapping", "protection", "bus_error" or "out_of_memory"


class ProcessHandle:
    """The process that is in the kernel, for as long as its handler runs.

    What is done to memory goes the kernel's way: a page may be lazy, swapped out or copy-on-write, and its fault is in
    the log. Where the process has no such memory, BadAddress is raised, and CallFailed where something else cannot be
    done; a handler may catch them, or let the call return the ABI's `bad_address` or `failed`.

    `exit`, `kill`, `sleep` and the waits come about when the handler has returned. After a wait the
    handler is called again, with the same arguments; `resumed` tells.
    """

    def __init__(self, door: _core.CallerDoor) -> None:
        self._door = door

    @property
    def pid(self) -> int:
        return self._door.pid

    @property
    def name(self) -> str:
        """What it was started as."""
        return self._door.name

    @property
    def parent(self) -> int | None:
        """pid of the process that forked it; None when you started it, or the parent has ended."""
        return self._door.parent or None

    @property
    def children(self) -> tuple[Child, ...]:
        """Those that it forked and that have not been reaped, by pid; some may have ended."""
        return tuple(
            Child(pid, alive, None if alive or signal else status, signal or None)
            for pid, alive, status, signal in self._door.children
        )

    @property
    def registers(self) -> Registers:
        """The registers that it goes on with."""
        return Registers.of(self._door.registers)

    @property
    def resumed(self) -> bool:
        """Whether it waited, and the handler is called again."""
        return self._door.resumed

    @property
    def now(self) -> int:
        """The simulated time."""
        return self._door.now

    def read(self, address: int, length: int) -> bytes:
        """Bytes of its memory. A length below 0 is as large as the machine takes it for, and BadAddress."""
        start, size = _range("read", address, length)
        return _content("read", start, self._door.read(start, size))

    def read_string(self, address: int, limit: int = PAGE_SIZE) -> bytes:
        """The bytes before a NUL. BadAddress also when none comes within `limit` bytes."""
        start, size = _range("read_string", address, limit)
        return _content("read_string", start, self._door.read_string(start, size))

    def write(self, address: int, data: bytes) -> None:
        """Change its memory. What lies before the first bad address has been written."""
        start, _ = _range("write", address, 0)
        if not self._door.write(start, bytes(data)):
            raise BadAddress(f"write at {Address(start)}")

    def print(self, text: bytes | str) -> None:
        """Show something on the machine's console: `lab.console` has it."""
        self._door.print(text.encode() if isinstance(text, str) else bytes(text))

    def read_console(self, length: int) -> bytes | None:
        """What was typed on the console: a line at most. None where there is none yet, b"" at the end (Ctrl-D)."""
        return self._door.read_console(min(max(operator.index(length), 0), _ADDRESSES - 1))

    def fork(self) -> int:
        """The pid of a child with a copy of its memory, as the profile's fork makes it.

        The child goes on behind the same trap with EAX 0.
        """
        child = self._door.fork()
        if child is None:
            raise CallFailed("fork", "no_memory")
        return child

    @property
    def heap_start(self) -> Address:
        """The page behind the program."""
        return Address(self._door.heap_start)

    @property
    def heap_end(self) -> Address:
        """The breakpoint: one past the heap's last byte."""
        return Address(self._door.heap_end)

    def set_heap_end(self, end: int) -> None:
        """Move the breakpoint: the heap is given up behind it, or grows to it."""
        _done("set_heap_end", self._door.set_heap_end(_range("set_heap_end", end, 0)[0]))

    def sbrk(self, change: int) -> Address:
        """Move the breakpoint by so many bytes and return the one before."""
        before = self.heap_end
        if change:
            self.set_heap_end(before + change)
        return before

    def map(self, length: int, address: int | None = None, writable: bool = True) -> Address:
        """Fresh memory of whole pages, where there is room or, with an address, just there if nothing is there."""
        start, size = _range("map", 0 if address is None else address, length)
        place = None if address is None else start
        mapped = self._door.map(size, _rights(writable), place)
        if isinstance(mapped, _core.VmError):
            raise CallFailed("map", mapped.name.lower())
        return Address(mapped)

    def unmap(self, address: int, length: int) -> None:
        """Take memory away, in whole pages."""
        _done("unmap", self._door.unmap(*_pages("unmap", address, length)))

    def protect(self, address: int, length: int, writable: bool) -> None:
        """Whether pages may be written."""
        _done("protect", self._door.protect(*_pages("protect", address, length), _rights(writable)))

    def exit(self, status: int = 0) -> None:
        """End it, with a status for whoever asks."""
        self._door.exit(operator.index(status) % _ADDRESSES)

    def kill(self) -> None:
        """End it as one that did something wrong: it has a signal then, and no status."""
        self._door.kill()

    def wait(self) -> None:
        """Let it wait until another process's handler wakes it."""
        self._door.wait()

    def wake(self, pid: int) -> bool:
        """Let a process go on that waits since `wait`; False when it does not wait."""
        return self._door.wake(_pid(pid))

    def wait_for_child(self) -> None:
        """Let it wait until a child ends."""
        self._door.wait_for_child()

    def wait_for_console(self) -> None:
        """Let it wait until something is typed; a run ends with "input" while nobody types."""
        self._door.wait_for_console()

    def reap(self, pid: int) -> bool:
        """Note that it has been told of a child's end; False when there is no such child to be told of."""
        return self._door.reap(_pid(pid))

    def sleep(self, time: int) -> None:
        """Let it wait until so much simulated time has passed."""
        if operator.index(time) < 1:
            raise ValueError(f"sleep({time}): give a time of 1 or more")
        self._door.sleep_until(min(self.now + time, (1 << 63) - 1))

    def give_up_slice(self) -> None:
        """Let the other processes run first."""
        self._door.give_up_slice()


def _range(what: str, address: int, length: int) -> tuple[int, int]:
    """As the machine takes it: an address that ran over is a bad one, a length below 0 is a very large one."""
    start, size = operator.index(address), operator.index(length)
    if not 0 <= start < _ADDRESSES or not -(_ADDRESSES >> 1) <= size < _ADDRESSES:
        raise BadAddress(f"{what} of {size} bytes at {start:#x}")
    return start, size % _ADDRESSES


def _pages(what: str, address: int, length: int) -> tuple[int, int]:
    """The first address and the one behind the last page."""
    start, size = _range(what, address, length)
    return start, start + -(-size // PAGE_SIZE) * PAGE_SIZE


def _pid(pid: int) -> int:
    number = operator.index(pid)
    return number if 0 < number < _ADDRESSES else 0


def _rights(writable: bool) -> int:
    return _READ | _WRITE if writable else _READ


def _content(what: str, address: int, content: bytes | None) -> bytes:
    if content is None:
        raise BadAddress(f"{what} at {Address(address)}")
    return content


def _done(what: str, error: _core.VmError | None) -> None:
    if error is not None:
        raise CallFailed(what, error.name.lower())
