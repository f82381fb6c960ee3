# SPDX-License-Identifier: GPL-2.0-only
"""Machine: RAM, an MMU, a TLB and a processor, with no operating system at all. Traps come back to Python."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vmlab import _core
from vmlab.address import PAGE_SIZE, Address
from vmlab.arguments import check_address, choice, unsigned
from vmlab.errors import HandlerMadeNoProgress, LabBusy
from vmlab.machine_parts import STALE_ENTRIES, TLB_TAGGING, GuestRegisters, MachineFrames, TaskState
from vmlab.sizes import parse_size
from vmlab.views.descriptors import Gate, Segment
from vmlab.views.registers import Registers
from vmlab.views.tlb import Tlb
from vmlab.views.trap import PAGE_FAULT, Trap
from vmlab.views.walk import Walk

__all__ = ["Machine", "MachineStop", "Trap"]

TrapHandler = Callable[["Machine", Trap], "_core.HandlerAnswer"]

_PRESENT, _WRITABLE, _USER = 1, 2, 4
_NO_LIMIT = (1 << 64) - 1
_TRAP_FRAME_BYTES = 68
_GDT_ENTRIES, _IDT_OFFSET = 32, 0x800


@dataclass(frozen=True)
class MachineStop:
    """A run that no trap ended: `reason` is "budget"; `instructions` is how many the machine has executed so far."""

    reason: str
    instructions: int


class Machine:
    """An i386 without an operating system: what the code in ring 3 cannot do by itself comes back as a Trap.

    ram: bytes, or text such as "1 MiB": a multiple of 4 KiB, from 8 KiB to 1 GiB.
    tlb_entries, tlb_ways: the modelled TLB; entries = ways * a power of two.
    tlb: what loading CR3 does to it: "flush", or "tagged" where entries carry their address space and stay.
    stale: "ignored", so that every translation follows the tables; or "honoured": an entry answers until invlpg or a
        flush, since the processor relies on the OS to say when a PTE changed (Intel SDM vol. 3, 4.10.4).
    trace_accesses: keep each page reference of each instruction for `take_accesses()`; slow.
    cr0_wp: CR0.WP, whether a read-only page stops supervisor code too.

    ::

        with vmlab.Machine(ram="1 MiB") as m:
            m.asm("mov $1, %eax; mov %eax, 0x5000", origin=0x1000)
            trap = m.run()                  # #PF: cr2 0x5000, error code 6
            m.map(trap.cr2)
            m.run(budget=1)                 # the same instruction again

    From a trap until the guest goes on, its registers are the 68 bytes of the trap frame in RAM: `m.registers` shows
    and changes them there, and `iret()`, or the next `run()`, takes them back from there.
    """

    def __init__(
        self,
        ram: int | str = "1 MiB",
        tlb_entries: int = 64,
        tlb_ways: int = 4,
        tlb: str = "flush",
        stale: str = "ignored",
        trace_accesses: bool = False,
        cr0_wp: bool = True,
    ) -> None:
        from vmlab.engine import engine_libraries

        tracing = _core.AccessTracing.EVERY_REFERENCE if trace_accesses else _core.AccessTracing.ON_MISS
        core = _core.MachineCore(
            engine_libraries(),
            parse_size(ram),
            unsigned("tlb_entries", tlb_entries, 20),
            unsigned("tlb_ways", tlb_ways, 20),
            choice("tlb", tlb, TLB_TAGGING),
            choice("stale", stale, STALE_ENTRIES),
            tracing,
        )
        self._set_up(core)
        self.cr0_wp = cr0_wp

    @classmethod
    def scripted(cls, steps: list[tuple[str, int, int]], ram: int | str = "1 MiB") -> Machine:
        """A machine whose processor plays a list of accesses and needs no engine.

        Each step is ("read" | "write" | "fetch", address, value) or ("interrupt", 0, vector); EIP counts the steps.
        """
        kinds = {kind.name.lower(): kind for kind in _core.ScriptKind}
        script = [(choice("step", kind, kinds), check_address(address), value) for kind, address, value in steps]
        machine = cls.__new__(cls)
        machine._set_up(_core.MachineCore.scripted(parse_size(ram), script))
        return machine

    def _set_up(self, core: _core.MachineCore) -> None:
        self._open_core: _core.MachineCore | None = core
        self._runner: int | None = None
        self.frames = MachineFrames(lambda: self._live)
        self.registers = GuestRegisters(lambda: self._live)
        self.tss = TaskState(lambda: self._live)

    @property
    def _live(self) -> _core.MachineCore:
        if self._open_core is None:
            raise ValueError("this machine is closed: take what you want to keep from it before close()")
        if self._runner not in (None, threading.get_ident()):
            raise LabBusy("another thread is running this machine: wait until its run() has returned")
        return self._open_core

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give RAM and the engine back, once no memoryview of `ram` is held any more. Closing again does nothing."""
        self._open_core = None

    # Memory

    @property
    def ram(self) -> memoryview:
        """All of RAM from physical address 0, as bytes that can be written. The machine sees each change."""
        return self._live.ram()

    def read(self, address: int, size: int) -> bytes:
        """Bytes by virtual address, read without a fault or an A bit. ValueError where nothing is mapped."""
        core = self._live
        return b"".join(core.read_physical(at, part) for at, part in self._pieces(address, size))

    def load(self, address: int, data: bytes) -> None:
        """Put bytes at a virtual address, whatever its rights. ValueError where nothing is mapped.

        Bytes at a physical address go through `ram`: ``m.ram[0x5000:0x5004] = data``.
        """
        data = bytes(data)
        core, done = self._live, 0
        for at, part in list(self._pieces(address, len(data))):
            core.write_physical(at, data[done : done + part])
            done += part

    def asm(self, text: str, origin: int) -> bytes:
        """Assemble, put the code at `origin`, mapping pages that are absent, and point EIP there. Returns the code.

        The syntax is AT&T's; `.intel_syntax noprefix` changes it. CompileError and ToolchainError as for guests.
        """
        from vmlab.toolchain import assemble

        code = assemble(text, origin=check_address(origin))
        for page in range(origin & -PAGE_SIZE, origin + len(code), PAGE_SIZE):
            if not self.walk(page).mapped:
                self.map(page)
        self.load(origin, code)
        self.registers.eip = origin
        return code

    def _pieces(self, address: int, size: int) -> Iterator[tuple[int, int]]:
        """The range as (physical address, bytes), cut at pages."""
        end = check_address(address) + size
        while address < end:
            walk = self.walk(address)
            if walk.physical is None:
                raise ValueError(f"nothing is mapped at {Address(address)}: m.map({Address(address).page}) maps a page")
            part = min(end - address, PAGE_SIZE - address % PAGE_SIZE)
            yield walk.physical, part
            address += part

    # Page tables

    @property
    def cr3(self) -> Address:
        """The physical address of the page directory; 0 until `load_cr3` or the first `map`."""
        return Address(self._live.cr3)

    def load_cr3(self, root: int) -> None:
        """Use the page directory at this physical address; the TLB is flushed unless it is tagged."""
        self._live.cr3 = check_address(root)

    def map(self, address: int, frame: int | None = None, writable: bool = True, user: bool = True) -> int:
        """Write the entry of one page into the tables, and say so by invlpg. Returns the frame's number.

        A frame, the page directory and page tables are allocated, filled with zeros, where they are missing.
        Directory entries allow everything, so that the table entry decides. MemoryError when RAM is used up.
        """
        page = Address(check_address(address)).page
        if not self.cr3:
            self.load_cr3(self._zeroed("page_table") * PAGE_SIZE)
        place = self.pte_address(page)
        if place is None:
            table = self._zeroed("page_table")
            self._write_entry(self.cr3.page + 4 * (page >> 22), table * PAGE_SIZE | _PRESENT | _WRITABLE | _USER)
            place = Address(table * PAGE_SIZE + 4 * (page >> 12 & 0x3FF))
        if frame is None:
            frame = self._zeroed("page")
        flags = _PRESENT | (_WRITABLE if writable else 0) | (_USER if user else 0)
        self._write_entry(place, check_address(frame * PAGE_SIZE) | flags)
        self.invlpg(page)
        return frame

    def unmap(self, address: int) -> None:
        """Clear the entry of one page, and say so by invlpg. The frame stays allocated: `frames.free` gives it back."""
        place = self.pte_address(address)
        if place is not None:
            self._write_entry(place, 0)
            self.invlpg(address)

    def pte_address(self, address: int) -> Address | None:
        """The physical address of the page's table entry; None where there is no table.

        ``m.ram[a:a+4] = ...`` changes it and tells the TLB nothing.
        """
        walk = self.walk(address)
        return Address(walk.steps[1].address) if len(walk.steps) == 2 else None

    def walk(self, address: int) -> Walk:
        """How the tables lead from an address to a frame, step by step, without setting any bit."""
        core = self._live
        return Walk.of(core.walk(check_address(address)), core.instructions())

    def _zeroed(self, use: str) -> int:
        frame = self.frames.allocate(use)
        self._live.write_physical(frame * PAGE_SIZE, bytes(PAGE_SIZE))
        return frame

    def _write_entry(self, place: int, bits: int) -> None:
        self._live.write_physical(place, bits.to_bytes(4, "little"))

    # The MMU

    def invlpg(self, address: int) -> None:
        """Drop what the TLB knows of one page of the current address space."""
        self._live.invlpg(check_address(address))

    def flush_tlb(self) -> None:
        """Drop all that the TLB knows."""
        self._live.flush_tlb()

    @property
    def tlb(self) -> Tlb:
        """What the modelled TLB holds and has counted."""
        core = self._live
        return Tlb.of(core.tlb_entries(), core.tlb_counters(), core.instructions())

    @property
    def cr0_wp(self) -> bool:
        """CR0.WP: whether a read-only page stops supervisor code too."""
        return self._live.write_protect == _core.WriteProtect.SUPERVISOR_TOO

    @cr0_wp.setter
    def cr0_wp(self, on: bool) -> None:
        self._live.write_protect = _core.WriteProtect.SUPERVISOR_TOO if on else _core.WriteProtect.USER_ONLY

    def take_accesses(self) -> list[tuple[Address, str]]:
        """The page references since the last call, as (page, "read" | "write" | "fetch"), under trace_accesses=True."""
        return [(Address(page), access.name.lower()) for page, access in self._live.take_accesses()]

    # Traps

    @property
    def gdt(self) -> tuple[Segment, ...]:
        """The segments that are present, from their bytes in RAM."""
        found = (Segment.decode(slot, self._descriptor(8 * slot)) for slot in range(_GDT_ENTRIES))
        return tuple(segment for segment in found if segment is not None)

    @property
    def idt(self) -> tuple[Gate, ...]:
        """The 256 gates by vector, from their bytes in RAM."""
        return tuple(Gate.decode(vector, self._descriptor(_IDT_OFFSET + 8 * vector)) for vector in range(256))

    def set_gate(self, vector: int, dpl: int = 3) -> None:
        """Write a present gate: with dpl 3 the guest may ask for the vector by `int n`; with 0 that is #GP."""
        if vector not in range(256) or dpl not in (0, 3):
            raise ValueError(f"set_gate({vector}, dpl={dpl}): a vector is 0 to 255, dpl is 0 or 3")
        self._live.set_gate(vector, _core.Ring.USER if dpl else _core.Ring.KERNEL)

    def _descriptor(self, offset: int) -> bytes:
        core = self._live
        return core.read_physical(core.descriptor_frame() * PAGE_SIZE + offset, 8)

    def iret(self) -> Registers:
        """Take the trap frame back from its bytes in RAM, as popa and iret do. Returns the registers.

        ValueError when no trap is being handled, or the frame leads out of ring 3.
        """
        self._live.iret()
        return self.registers.snapshot()

    # Running

    @property
    def instructions(self) -> int:
        """How many instructions have been executed; one that faulted is not counted."""
        return self._live.instructions()

    def step(self) -> Trap | MachineStop:
        """Execute one instruction; the trap if it made one."""
        return self.run(budget=1)

    def run(
        self,
        budget: int | None = None,
        on_trap: TrapHandler | None = None,
        page_fault_handler: TrapHandler | None = None,
    ) -> Trap | MachineStop:
        """Run until a trap, or until about `budget` instructions have been executed; None sets no limit.

        Handlers are called as handler(machine, trap), page_fault_handler for page faults and on_trap for what it
        leaves: they answer vmlab.RETRY, and the guest goes on by iret; or vmlab.DELIVER, and the trap is returned. A
        trap answered by RETRY costs one instruction of the budget. HandlerMadeNoProgress when the same trap comes
        again at once with nothing changed. An exception in a handler leaves the machine as it was at the trap.
        Ctrl-C raises KeyboardInterrupt between two instructions.
        """
        if budget is not None and not 0 <= budget <= _NO_LIMIT:
            raise ValueError(f"budget={budget}: how many instructions may run, as an int of 0 or more")
        left = _NO_LIMIT if budget is None else budget
        last: tuple[object, ...] | None = None
        with self._running() as core:
            while True:
                before = core.instructions()
                trap = self._trap_of(core.run(left))
                if trap is None:
                    return MachineStop("budget", core.instructions())
                if not self._answered(trap, on_trap, page_fault_handler):
                    return trap
                state = (trap, core.instructions(), self._registers_and_entries(trap))
                if state == last:
                    raise HandlerMadeNoProgress(
                        f"the handler answered RETRY and changed nothing: {trap.mnemonic} came again at {trap.eip}"
                    )
                last = state
                left = max(0, left - (core.instructions() - before) - 1)

    @contextmanager
    def _running(self) -> Iterator[_core.MachineCore]:
        core = self._live
        if self._runner is not None:
            raise LabBusy("this machine is running: a handler may look at it and change it, but not run it")
        self._runner = threading.get_ident()
        try:
            yield core
        finally:
            self._runner = None

    def _answered(self, trap: Trap, on_trap: TrapHandler | None, on_fault: TrapHandler | None) -> bool:
        from vmlab.handlers import DELIVER, RETRY

        is_fault = trap.vector == PAGE_FAULT and not trap.software
        for handler in (on_fault if is_fault else None, on_trap):
            if handler is None:
                continue
            answer = handler(self, trap)
            if answer not in (RETRY, DELIVER):
                raise TypeError(f"a handler returns vmlab.RETRY or vmlab.DELIVER, not {answer!r}")
            if answer == RETRY:
                return True
        return False

    def _registers_and_entries(self, trap: Trap) -> tuple[Registers, Walk | None]:
        """What a handler can change that makes the guest go on in another way."""
        return self.registers.snapshot(), None if trap.cr2 is None else self.walk(trap.cr2)

    def _trap_of(self, exit_: _core.CpuExit) -> Trap | None:
        core = self._live
        if exit_.kind == _core.ExitKind.BUDGET_SPENT:
            return None
        fault = exit_.kind == _core.ExitKind.PAGE_FAULT
        frame = core.trap_frame_address()
        assert frame is not None, "a trap leaves a frame"
        return Trap(
            vector=exit_.vector,
            mnemonic=_core.mnemonic_of(exit_.vector),
            error_code=exit_.error_code,
            instruction=Address(exit_.instruction),
            cr2=Address(exit_.address) if fault else None,
            access=exit_.access.name.lower() if fault else None,
            registers=Registers.of(core.registers),
            frame_address=Address(frame),
            frame_bytes=core.read_physical(frame - core.kernel_window(), _TRAP_FRAME_BYTES),
            software=exit_.kind == _core.ExitKind.SOFTWARE_INTERRUPT,
            taken_at=core.instructions(),
        )

    def __repr__(self) -> str:
        if self._open_core is None:
            return "<closed machine>"
        return f"<machine: {self.frames.total} frames, {self.frames.available} free, {self.instructions} instructions>"
