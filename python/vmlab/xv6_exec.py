# SPDX-License-Identifier: GPL-2.0-only
"""The steps of xv6's exec() for the program that a process runs: page table, memory, content, stack, switch."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vmlab.address import PAGE_SIZE, Address
from vmlab.explain import Explanation, Line
from vmlab.program_file import program_file

if TYPE_CHECKING:
    from vmlab.events import Event
    from vmlab.lab_views import LabViews
    from vmlab.process import Process

__all__ = ["exec_steps"]


def exec_steps(lab: LabViews, process: Process) -> Explanation:
    """ValueError when the process has ended, never called exec, or its file is gone."""
    if not process.alive:
        raise ValueError(f"process {process.pid} has ended: its memory is not there any more to tell of")
    started = process.events.of("exec", "process_started")
    if not started:  # a child that runs its parent's program
        raise ValueError(f"process {process.pid} came by fork and has not called exec")
    event = started[-1]
    file = program_file(process)
    if file is None:
        raise ValueError(f"the file of process {process.pid} has changed or is gone: exec cannot be told from it")
    return Explanation(f"exec of process {process.pid}, event {event.index}", tuple(_steps(lab, process, event, *file)))


def _steps(lab: LabViews, process: Process, event: Event, path: str, content: bytes) -> Iterator[Line]:
    directory = process.walk(0).steps[0].address & ~(PAGE_SIZE - 1)
    kernel = lab.xv6.setupkvm(process)
    guard = process.maps[1]
    yield "namei", f"{path}, an ELF file of {len(content)} bytes"
    yield "setupkvm", f"page directory at {directory:#x}; the kernel's part from {kernel[0].virtual} on"
    size = 0
    for segment in _segments(content):
        end = segment["p_vaddr"] + segment["p_memsz"]
        yield "allocuvm", f"from {Address(size)} to {Address(end)}"
        yield (
            "loaduvm",
            f"{segment['p_filesz']} bytes from {segment['p_offset']:#x} of the file to {segment['p_vaddr']:#x}",
        )
        size = end
    yield "allocuvm", f"two pages behind it, from {guard.start} to {Address(guard.start + 2 * PAGE_SIZE)}"
    yield "clearpteu", f"{guard.start}: the guard page is the kernel's alone"
    argc = int.from_bytes(process.read(event.esp + 4, 4), "little")
    yield "copyout", f"argc {argc} and the strings below {Address(guard.start + 2 * PAGE_SIZE)}: ESP {event.esp}"
    yield "switchuvm", f"lcr3({directory:#x}); ring 3 begins at {event.entry}"
    if event.name == "exec":
        yield "freevm", "the memory of the program before it, and its tables"


def _segments(content: bytes) -> Iterator[Any]:
    from elftools.elf.elffile import ELFFile

    return (segment for segment in ELFFile(io.BytesIO(content)).iter_segments() if segment["p_type"] == "PT_LOAD")
