# SPDX-License-Identifier: GPL-2.0-only
"""What JOS's kernel does, step by step, by its own names: one system call's way in and out, and one page fault's."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vmlab.abi import family
from vmlab.address import PAGE_SIZE, Address
from vmlab.explain import Explanation, Line, error_in_words
from vmlab.program_file import program_file
from vmlab.views.fault import Fault
from vmlab.views.registers import TrapFrame
from vmlab.views.render import Shown, table
from vmlab.views.syscall import Syscall

if TYPE_CHECKING:
    from vmlab.events import Event
    from vmlab.process import Process

__all__ = ["CallPath", "PathStep", "page_fault_handler", "system_call"]

_FRAME = struct.Struct("<17I")
_UENVS, _ENVIRONMENTS = 0xEEC00000, 1024
_UXSTACKTOP = 0xEEC00000
_RECORD_BYTES = {"jos-lab3": 96}
_LATER_RECORD_BYTES = 124
_ID_AT = 72  # in struct Env, behind the frame and a link
_CALL_BYTES = 5  # of `call` with a displacement, which return addresses point behind
_INT_BYTES = 2
_SYSTEM_CALL = 48
_DEEPEST = 64
_PROCESSOR = ("ss", "esp", "eflags", "cs", "eip")
_STUB = ("err", "trapno")
_ALLTRAPS = ("ds", "es", "eax", "ecx", "edx", "ebx", "oesp", "ebp", "esi", "edi")
_ARGUMENTS = ("edx", "ecx", "ebx", "edi", "esi")


@dataclass(frozen=True)
class PathStep:
    """One step, its ring, and the words that it pushes onto the kernel's stack, the first pushed first."""

    ring: int
    name: str
    text: str
    pushed: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class CallPath(Shown):
    """The steps of one system call in the order in which they are made (lecture 000, "system call from user space").

    frame_bytes: the 68 bytes of the TrapFrame, from its lowest address up.
    """

    title: str
    steps: tuple[PathStep, ...]
    frame_bytes: bytes = field(repr=False)

    @property
    def names(self) -> list[str]:
        return [step.name for step in self.steps]

    def __iter__(self) -> Iterator[PathStep]:
        return iter(self.steps)

    def __getitem__(self, name: str) -> PathStep:
        """The first step of that name."""
        found = next((step for step in self.steps if step.name == name), None)
        if found is None:
            raise KeyError(f"{name!r}: the steps are {', '.join(self.names)}")
        return found

    def __rich__(self) -> Any:
        shown = table("ring", "step", "what happens", title=self.title, right=("ring",))
        for step in self.steps:
            pushed = ", ".join(f"{name} {word:#x}" for name, word in step.pushed)
            shown.add_row(str(step.ring), step.name, step.text + (f": pushes {pushed}" if pushed else ""))
        return shown


def system_call(process: Process) -> CallPath:
    """The way of a process's last system call, at a stop at its `syscall` or `syscall_return`.

    In ring 3 the functions that are on the way are those that keep a frame pointer, as JOS's own programs do.

    >>> lab.run(until="syscall")                                  # doctest: +SKIP
    >>> print(vmlab.jos.system_call(process))                     # doctest: +SKIP
    """
    call = _last_call(process)
    frame = process.trap_frame
    entered = replace(frame, eax=call.number)
    data = _FRAME.pack(*(word for _, word in entered.items()))
    callers = tuple(_callers(process, frame))
    steps = (
        *callers[:-1],
        PathStep(3, callers[-1].name, _registers_of(call)),
        PathStep(3, "int $0x30", f"at {frame.eip - _INT_BYTES:#010x}; gate 48 of the IDT is open to ring 3"),
        PathStep(0, "the processor", "takes SS and ESP from the task state", _pushed(entered, _PROCESSOR)),
        PathStep(0, "the vector's stub", "there is no error code", _pushed(entered, _STUB)),
        PathStep(0, "_alltraps", "ds and es become the kernel's", _pushed(entered, _ALLTRAPS)),
        PathStep(0, "trap", f"copies the frame {_place_of_copy(process, data)}"),
        *_in_kernel(call),
        *_way_out(call, frame, callers[-1].name),
    )
    return CallPath(f"Process {process.pid} calls {call}", steps, data)


def _check_abi(process: Process) -> None:
    if family(process._lab.abi) != "jos":
        raise ValueError(f"vmlab.jos tells of JOS's kernels; this lab has abi={process._lab.abi!r}")


def _last_call(process: Process) -> Syscall:
    _check_abi(process)
    calls = process.events.syscalls
    if not calls or not process.alive or process.trap_frame.trapno != _SYSTEM_CALL:
        raise ValueError(f'{process!r} is in no system call: run(until="syscall") stops at one')
    return calls[-1]


def _callers(process: Process, frame: TrapFrame) -> Iterator[PathStep]:
    """The functions in ring 3 that led there, the outermost first: those of the return addresses above EBP."""
    from vmlab.source_lines import SourceLines

    file = program_file(process)
    lines = None if file is None else SourceLines(file[1])
    found = [(frame.eip, _INT_BYTES)]
    ebp = frame.ebp
    while ebp and len(found) < _DEEPEST:
        try:
            above, back = struct.unpack("<2I", process.read(ebp, 8))
        except ValueError:
            break
        found.append((back, _CALL_BYTES))
        if above <= ebp:  # the outermost function's is 0
            break
        ebp = above
    for address, instruction_bytes in reversed(found):
        function = None if lines is None else lines.function_at(address - instruction_bytes)
        if function is not None:
            yield PathStep(3, function, f"goes on at {Address(address)} when it is back")
        elif address == frame.eip:
            yield PathStep(3, "a program without symbols", "")


def _registers_of(call: Syscall) -> str:
    given = zip(_ARGUMENTS, call.arguments, strict=False)
    return ", ".join([f"eax {call.number}: {call.name}", *(f"{name} {word:#x}" for name, word in given)])


def _pushed(frame: TrapFrame, names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((name, getattr(frame, name)) for name in names)


def _place_of_copy(process: Process, frame: bytes) -> str:
    size = _RECORD_BYTES.get(process._lab.abi, _LATER_RECORD_BYTES)
    records = process.read(_UENVS, _ENVIRONMENTS * size)
    slot = next((at for at in range(_ENVIRONMENTS) if records.startswith(frame, at * size)), None)
    if slot is None:
        return "to env_tf of its environment, which has run on since"
    (identity,) = struct.unpack_from("<I", records, slot * size + _ID_AT)
    return f"to env_tf of environment {identity:08x}, at {Address(_UENVS + slot * size)} for ring 3"


def _in_kernel(call: Syscall) -> Iterator[PathStep]:
    arguments = ", ".join(("eax", *_ARGUMENTS))
    yield PathStep(0, "trap_dispatch", f"trap number 48: syscall({arguments}) of the frame")
    result = "not yet made" if call.result is None else f"{call.result:#x} goes into eax of the frame"
    yield PathStep(0, "syscall", f"{call.shown()}: {result}")


def _way_out(call: Syscall, frame: TrapFrame, function: str) -> Iterator[PathStep]:
    eax = "what the call returns" if call.result is None else f"{call.result:#x}"
    yield PathStep(0, "env_pop_tf", "ESP is the frame: popal, popl %es, popl %ds; trapno and err are skipped")
    yield PathStep(0, "iret", f"takes eip {frame.eip:#x}, cs {frame.cs:#x}, eflags, esp {frame.esp:#x} and ss")
    yield PathStep(3, function, f"goes on at {Address(frame.eip)} with eax {eax}")


def page_fault_handler(process: Process, fault: Fault) -> Explanation:
    """The steps of page_fault_handler() for a fault of an environment: whether it handles its faults itself, on which
    stack, and what becomes of it.

    This kernel brings no page in by itself: what happens to a fault is the environment's own affair (lab 4).
    """
    _check_abi(process)
    if fault.result is None or fault.answer is None:
        raise ValueError("the kernel has not acted on this fault yet: run on, and ask then")
    if fault.eip is None:
        raise ValueError("the kernel's own access is no trap: user_mem_check looks before it touches a pointer")
    upcall = next((event for event in process.events.of("upcall", "fault") if event.index > fault.index), None)
    handled = upcall if upcall is not None and upcall.name == "upcall" else None
    return Explanation(f"Page fault of process {fault.pid} at {fault.address}", tuple(_handling(fault, handled)))


def _handling(fault: Fault, upcall: Event | None) -> Iterator[Line]:
    instruction = fault.instruction.text if fault.instruction else "an instruction that cannot be read"
    esp = fault.registers["esp"]
    yield "instruction", f"{instruction}, at {fault.eip}, ESP {esp:#010x}"
    yield "trap_dispatch", f"trap number 14, error {fault.error}: {error_in_words(fault.error, fault.access)}"
    yield "page_fault_handler", f"rcr2() is {fault.address}; the trap came from ring 3"
    if upcall is None:
        yield "env_pgfault_upcall", "none, or there is no exception stack for it to write to"
        yield "env_destroy", "the environment ends; the console says why"
        return
    yield "env_pgfault_upcall", f"{upcall.handler}"
    nested = _UXSTACKTOP - PAGE_SIZE <= esp < _UXSTACKTOP
    where = "a word is left free below ESP, which is there already" if nested else "from its top down"
    yield "exception stack", where
    yield "UTrapframe", f"52 bytes at {upcall.record}: fault_va, err, the registers, eip, eflags, esp"
    yield "env_run", f"with eip {upcall.handler} and esp {upcall.record}"
