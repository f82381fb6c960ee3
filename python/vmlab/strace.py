# SPDX-License-Identifier: GPL-2.0-only
"""The system calls of a Lab while it runs, a line each, as strace writes them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from vmlab.address import PAGE_SIZE
from vmlab.linux_names import signal_name
from vmlab.views.syscall import Syscall, quote, show_result

if TYPE_CHECKING:
    from vmlab.events import Event
    from vmlab.lab import Lab, Stop

__all__ = ["Strace"]

_PATH_MAX = 4096
_RESULT_COLUMN = 40
_PAGE_FAULT = 14
_CODES_OF_FAULTS = {"no_mapping": 1, "protection": 2, "bus_error": 2}  # SEGV_MAPERR, SEGV_ACCERR, BUS_ADRERR
_SI_KERNEL = 128
_HAVE_ADDRESS = frozenset({"SIGILL", "SIGFPE", "SIGSEGV", "SIGBUS"})


class Strace:
    """Writes what the processes of a lab ask of the kernel, and the signals that reach them.

    write: called with each piece of text, such as `sys.stderr.write`.
    calls: names of the system calls to show; None for all. Signals and ends of processes are always shown.
    """

    def __init__(self, lab: Lab, write: Callable[[str], object], calls: Collection[str] | None = None) -> None:
        unknown = set(calls or ()) - {name for name, _ in lab.syscall_table.values()}
        if unknown:
            raise ValueError(f"there is no system call {min(unknown)!r}")
        self._lab = lab
        self._write = write
        self._calls = calls
        self._alive = {process.pid for process in lab.processes if process.alive}
        self._within: dict[int, str] = {}  # pid: the call that it has entered
        self._line_of: int | None = None  # whose call the last line waits for
        self._column = 0
        self._traps: dict[int, Event] = {}  # pid: the signal of a trap that has not been delivered
        self._handlers: dict[str, Callable[[Event], None]] = {
            "syscall": self._entered,
            "syscall_return": self._returned,
            "signal": self._raised,
            "signal_delivered": self._delivered,
            "process_started": lambda event: self._alive.add(event.pid),
            "fork": lambda event: self._alive.add(event.child),
            "process_exited": self._exited,
        }

    def write_to(self, write: Callable[[str], object]) -> None:
        """Writes what follows somewhere else."""
        self._write = write

    def run(self, budget: int | None = None) -> Stop:
        """Runs the lab to its end or that of the budget."""
        try:
            return self._lab.run_watched(self._hear, self._handlers, budget)
        finally:
            self._break_line()

    def _hear(self, event: Event) -> None:
        self._handlers[event.name](event)

    def _entered(self, event: Event) -> None:
        call = Syscall.of(event, None, self._lab.abi, self._lab.syscall_table)
        if self._calls is not None and call.name not in self._calls:
            return
        pointers = (word for kind, word in zip(call.signature, call.arguments, strict=True) if kind == "s")
        texts = ((word, self._string_at(event.pid, word)) for word in pointers)
        self._begin_line(event.pid, call.shown({word: text for word, text in texts if text is not None})[:-1])
        self._line_of = event.pid
        self._within[event.pid] = call.name

    def _returned(self, event: Event) -> None:
        if event.pid in self._within:
            self._end_call(event.pid, show_result(self._lab.abi, self._within[event.pid], event.result))

    def _end_call(self, pid: int, result: str) -> None:
        name = self._within.pop(pid)
        if self._line_of != pid:
            self._begin_line(pid, f"<... {name} resumed>")
        self._line_of = None
        self._write(") ".ljust(_RESULT_COLUMN - self._column) + f"= {result}\n")

    def _raised(self, event: Event) -> None:
        self._traps[event.pid] = event

    def _delivered(self, event: Event) -> None:
        self._show_signal(event.pid, event.signal, event.code)

    def _exited(self, event: Event) -> None:
        if event.pid in self._within:
            self._end_call(event.pid, "?")
        name = signal_name(event.signal)
        if event.signal and name != "SIGKILL":  # which is never delivered
            self._show_signal(event.pid, event.signal, None)
        self._show(event.pid, f"killed by {name}" if event.signal else f"exited with {event.status}", "+++")
        self._alive.discard(event.pid)

    def _show_signal(self, pid: int, number: int, code: int | None) -> None:
        """`code` is si_code; None where no handler was told, and the log has it of a page fault alone."""
        name = signal_name(number)
        fields = [f"si_signo={name}"]
        trap = self._traps.get(pid)
        if trap is not None and trap.signal == number:
            del self._traps[pid]
            code = self._code_of_fault(trap) if code is None else code
            address = None if code == _SI_KERNEL else trap.address
        else:
            trap = None
        if code is not None:
            fields.append(f"si_code={code}")
        if trap is not None and name in _HAVE_ADDRESS:
            fields.append("si_addr=" + ("NULL" if address is None or not address else hex(address)))
        self._show(pid, f"{name} {{{', '.join(fields)}}}", "---")

    def _code_of_fault(self, trap: Event) -> int | None:
        if trap.vector != _PAGE_FAULT:
            return None
        before = reversed(self._lab.events[: trap.index])
        answer = next(event for event in before if event.name == "fault_resolved" and event.pid == trap.pid)
        return _CODES_OF_FAULTS.get(answer.result)

    def _show(self, pid: int, text: str, mark: str) -> None:
        self._begin_line(pid, f"{mark} {text} {mark}\n")

    def _begin_line(self, pid: int, text: str) -> None:
        self._break_line()
        line = (f"[pid {pid:2}] " if len(self._alive) > 1 else "") + text
        self._column = len(line)
        self._write(line)

    def _break_line(self) -> None:
        if self._line_of is not None:
            self._write(" <unfinished ...>\n")
            self._line_of = None

    def _string_at(self, pid: int, address: int) -> str | None:
        """A string of the process's, quoted; None when it has no memory there."""
        process, data = self._lab.process(pid), b""
        while len(data) < _PATH_MAX:
            try:
                data += process.read(address + len(data), PAGE_SIZE - (address + len(data)) % PAGE_SIZE)
            except ValueError:
                return None
            text, end, _ = data.partition(b"\0")
            if end:
                return quote(text)
        return quote(data[:_PATH_MAX]) + "..."
