# SPDX-License-Identifier: GPL-2.0-only
"""ABIs of our own, and how a program runs under one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import vmlab
from vmlab import ProcessHandle


class Tiny(vmlab.Abi):
    """Three calls by int 0x30: number in EAX, arguments in EBX, ECX, EDX; result in EAX."""

    name = "tiny"

    @vmlab.syscall(1, "pd")
    def write(self, process: ProcessHandle, address: int, length: int) -> int:
        process.print(process.read(address, length))
        return length

    @vmlab.syscall(2)
    def getpid(self, process: ProcessHandle) -> int:
        return process.pid

    @vmlab.syscall(3, "d")
    def exit(self, process: ProcessHandle, status: int) -> None:
        process.exit(status)


class Larger(Tiny):
    """More calls, with processes and memory; both number and arguments on the stack."""

    name = "larger"
    syscall_vector = 0x41
    number = "stack"
    arguments = "stack"
    bad_address = -14
    failed = -12

    @vmlab.syscall(4)
    def fork(self, process: ProcessHandle) -> int:
        return process.fork()

    @vmlab.syscall(5, "p", name="wait")
    def wait_for_one(self, process: ProcessHandle, status: int) -> int:
        ended = [child for child in process.children if not child.alive]
        if ended:
            value = -1 if ended[0].exit_status is None else ended[0].exit_status
            process.write(status, value.to_bytes(4, "little", signed=True))
            process.reap(ended[0].pid)
            return ended[0].pid
        if process.children:
            process.wait_for_child()
        return -10

    @vmlab.syscall(6, "d")
    def sbrk(self, process: ProcessHandle, change: int) -> int:
        return process.sbrk(change)

    @vmlab.syscall(7, "pxd", name="map")
    def map_memory(self, process: ProcessHandle, address: int, length: int, writable: int) -> int:
        return process.map(length, address or None, writable=bool(writable))

    @vmlab.syscall(8, "px", name="unmap")
    def unmap_memory(self, process: ProcessHandle, address: int, length: int) -> None:
        process.unmap(address, length)

    @vmlab.syscall(9, "pxd", name="protect")
    def protect_memory(self, process: ProcessHandle, address: int, length: int, writable: int) -> None:
        process.protect(address, length, writable=bool(writable))

    @vmlab.syscall(10, "sp")
    def copy(self, process: ProcessHandle, source: int, target: int) -> int:
        text = process.read_string(source)
        process.write(target, text + b"\0")
        return len(text)

    @vmlab.syscall(11, "x")
    def sleep(self, process: ProcessHandle, time: int) -> int:
        if not process.resumed:
            process.sleep(max(time, 1))
        return 0

    @vmlab.syscall(12)
    def park(self, process: ProcessHandle) -> int:
        if not process.resumed:
            process.wait()
        return 7

    @vmlab.syscall(13, "d")
    def unpark(self, process: ProcessHandle, pid: int) -> int:
        return process.wake(pid)

    @vmlab.syscall(14, name="yield")
    def give_way(self, process: ProcessHandle) -> None:
        process.give_up_slice()

    @vmlab.syscall(15, "dxpdxp")
    def show(self, process: ProcessHandle, *arguments: int) -> None:
        process.print(f"{arguments}\n")


HELPERS = """
#include <stdio.h>
#include <string.h>
static void say(const char *format, ...) {
    char line[128];
    __builtin_va_list arguments;
    __builtin_va_start(arguments, format);
    write(line, vsnprintf(line, sizeof line, format, arguments));
    __builtin_va_end(arguments);
}
"""


@dataclass
class Run:
    """What came of a program."""

    console: str
    reason: str
    exit_status: int | None
    signal: int | None
    events: list[str]  # names, in order
    calls: list[str]  # of all processes, as they are shown
    faults: list[tuple[int, str]]  # of the first process, also those of its kernel: address and result


def run(abi: vmlab.Abi | type[vmlab.Abi], body: str, *args: str, **keywords: Any) -> Run:
    """A C program with this text behind the header. Everything that it takes is back at its end."""
    own = abi if isinstance(abi, type) else type(abi)
    program = vmlab.c(f"#include <{own.name}.h>\n{HELPERS}\n{body}", flags=["-Wno-unused-function"])
    with vmlab.Lab(abi=abi, **keywords) as lab:
        before = lab.counters
        process = lab.spawn(program, args)
        stop = lab.run(budget=100_000_000)
        lab.check()
        if stop.reason == "exited":
            after = lab.counters
            assert (after.table_frames, after.swap_used) == (0, 0)
            zeros = lab.frames.by_use.get("zero_page", 0)  # the frame of zeros, once it has been wanted, stays
            assert after.kernel_frames == before.kernel_frames + zeros
        return Run(
            lab.console.decode(),
            stop.reason,
            process.exit_status,
            process.signal,
            [event.name for event in lab.events],
            [str(call) for call in lab.events.syscalls],
            [(fault.address, fault.result) for fault in (*process.faults, *process.events.kernel_faults)],
        )
