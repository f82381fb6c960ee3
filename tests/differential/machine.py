# SPDX-License-Identifier: GPL-2.0-only
"""Our side: the same cases on vmlab's bare machine, with page tables built by hand."""

from __future__ import annotations

import struct

from tests.differential.layout import (
    CODE_BYTES,
    GENERAL,
    GS_BASE,
    GS_SLOT,
    PAGE,
    PAGES,
    REGION,
    SEGMENTS,
    Case,
    FloatingState,
    Group,
    Outcome,
    PageAccess,
)

from vmlab import _core
from vmlab.engine import engine_libraries

RAM = 1 << 20
HELPER = 0x60000000  # where no case reaches: code that loads and saves the x87 and SSE state
IMAGE = HELPER + 0x800
LOAD_STATE = b"\x0f\xae\x0d" + struct.pack("<I", IMAGE) + b"\xcc"  # fxrstor; int3
SAVE_STATE = b"\x0f\xae\x05" + struct.pack("<I", IMAGE) + b"\xcc"  # fxsave; int3
BREAKPOINT = 3
BUDGET = 100_000

# Linux's selectors and descriptors, which a case can see; the code segment alone keeps our own selector.
USER_CODE, USER_DATA = 0x23, 0x2B
CODE_DESCRIPTOR, DATA_DESCRIPTOR = 0x00CFFB000000FFFF, 0x00CFF3000000FFFF
PRESENT_USER = 0x5
WRITABLE = 0x2


class Side:
    """A machine that stays and takes one group of cases after another."""

    def __init__(self) -> None:
        self.core = _core.MachineCore(
            engine_libraries(),
            RAM,
            tlb_entries=64,
            tlb_ways=4,
            tagging=_core.TlbTagging.FLUSH_ON_LOAD,
            stale=_core.StaleEntries.IGNORED,
            tracing=_core.AccessTracing.ON_MISS,
        )
        self.ram = memoryview(self.core).cast("B")
        self.directory = self.frame(_core.FrameUse.PAGE_TABLE)
        self.table = self.frame(_core.FrameUse.PAGE_TABLE)
        helper_table = self.frame(_core.FrameUse.PAGE_TABLE)
        self.pages = [self.frame(_core.FrameUse.PAGE) for _ in range(PAGES)]
        self.helper = self.frame(_core.FrameUse.PAGE)
        self.write32(self.directory + (REGION >> 22) * 4, self.table | PRESENT_USER | WRITABLE)
        self.write32(self.directory + (HELPER >> 22) * 4, helper_table | PRESENT_USER | WRITABLE)
        self.write32(helper_table, self.helper | PRESENT_USER | WRITABLE)
        self.ram[self.helper : self.helper + 16] = (LOAD_STATE + SAVE_STATE).ljust(16, b"\xcc")
        self.describe_segments()
        self.core.cr3 = self.directory
        self.own_code: int = self.core.registers.cs

    def frame(self, use: _core.FrameUse) -> int:
        """Physical address of a new frame, zeroed."""
        number = self.core.allocate_frame(use)
        assert number is not None
        address: int = number * PAGE
        self.ram[address : address + PAGE] = bytes(PAGE)
        return address

    def write32(self, address: int, value: int) -> None:
        """Writes one word of RAM."""
        self.ram[address : address + 4] = struct.pack("<I", value)

    def describe_segments(self) -> None:
        """Makes the descriptor table look like Linux's, as far as a case may load from it."""
        table = self.core.descriptor_frame() * PAGE
        based = DATA_DESCRIPTOR | (GS_BASE & 0xFFFFFF) << 16 | GS_BASE >> 24 << 56
        for slot, descriptor in (
            (USER_CODE >> 3, CODE_DESCRIPTOR),
            (USER_DATA >> 3, DATA_DESCRIPTOR),
            (GS_SLOT, based),
        ):
            self.ram[table + slot * 8 : table + slot * 8 + 8] = struct.pack("<Q", descriptor)

    def run(self, groups: list[Group]) -> list[Outcome]:
        """The outcomes of all cases, in order."""
        outcomes = []
        for group in groups:
            self.lay_out(group)
            content = bytearray(group.content)
            outcomes += [self.run_case(case, content) for case in group.cases]
        return outcomes

    def lay_out(self, group: Group) -> None:
        """Fills the pages and their table entries."""
        rights = {
            PageAccess.ABSENT: 0,
            PageAccess.READ_ONLY: PRESENT_USER,
            PageAccess.READ_WRITE: PRESENT_USER | WRITABLE,
        }
        for i, (page, access) in enumerate(zip(self.pages, group.access, strict=True)):
            self.ram[page : page + PAGE] = group.content[i * PAGE : (i + 1) * PAGE]
            self.write32(self.table + i * 4, page | rights[access] if rights[access] else 0)
        self.core.flush_tlb()

    def place(self, offset: int, data: bytes) -> None:
        """Writes bytes of the region, which may go on in its next page."""
        while data:
            page, within = divmod(offset, PAGE)
            now = data[: PAGE - within]
            at = self.pages[page] + within
            self.ram[at : at + len(now)] = now
            offset += len(now)
            data = data[len(now) :]

    def run_case(self, case: Case, content: bytearray) -> Outcome:
        """One case; `content` is what the region holds, and takes the case's code."""
        offset = case.code_at - REGION
        code = case.code.ljust(CODE_BYTES, bytes((case.padding,)))
        content[offset : offset + CODE_BYTES] = code
        self.place(offset, code)
        self.load_floating(case.floating)
        self.start(dict(zip(GENERAL, case.general, strict=True)), case.code_at, case.eflags)
        ended = self.core.run(BUDGET)
        trap = -1 if ended.kind == _core.ExitKind.BUDGET_SPENT else ended.vector
        after = self.core.registers
        return Outcome(
            trap=trap,
            error=ended.error_code,
            cr2=ended.address if ended.kind == _core.ExitKind.PAGE_FAULT else 0,
            general=tuple(getattr(after, name) for name in GENERAL),
            eip=after.eip,
            eflags=after.eflags,
            segments=tuple(self.native_selector(getattr(after, name)) for name in SEGMENTS),
            floating=self.save_floating(),
            memory=self.take_changes(content),
        )

    def native_selector(self, selector: int) -> int:
        """The code segment's selector on the other side."""
        return USER_CODE if selector == self.own_code else selector

    def start(self, general: dict[str, int], eip: int, eflags: int) -> None:
        """Sets all registers."""
        registers = self.core.registers
        for name, value in general.items():
            setattr(registers, name, value)
        registers.eip = eip
        registers.eflags = eflags
        registers.ss = registers.ds = registers.es = USER_DATA
        registers.fs = 0
        registers.gs = GS_SLOT * 8 + 3
        self.core.registers = registers

    def run_helper(self, code: bytes) -> None:
        """Runs one of the two pieces of helper code to its int3."""
        self.start(dict.fromkeys(GENERAL, 0), HELPER + (LOAD_STATE + SAVE_STATE).index(code), 0x202)
        ended = self.core.run(BUDGET)
        if ended.vector != BREAKPOINT:
            raise RuntimeError(f"the helper code ended with vector {ended.vector} at {ended.instruction:#x}")

    def load_floating(self, state: FloatingState) -> None:
        """Loads the x87 and SSE registers."""
        image = bytearray(512)
        struct.pack_into("<HHB", image, 0, state.control, state.status, state.valid)
        struct.pack_into("<II", image, 24, state.mxcsr, 0xFFFF)
        for i in range(8):
            image[32 + 16 * i : 42 + 16 * i] = state.registers[10 * i : 10 * i + 10]
        image[160:288] = state.xmm
        at = self.helper + (IMAGE - HELPER)
        self.ram[at : at + 512] = bytes(image)
        self.run_helper(LOAD_STATE)

    def save_floating(self) -> FloatingState:
        """The x87 and SSE registers as they are."""
        self.run_helper(SAVE_STATE)
        at = self.helper + (IMAGE - HELPER)
        image = bytes(self.ram[at : at + 512])
        control, status, valid = struct.unpack_from("<HHB", image, 0)
        (mxcsr,) = struct.unpack_from("<I", image, 24)
        registers = b"".join(image[32 + 16 * i : 42 + 16 * i] for i in range(8))
        return FloatingState(control, status, valid, registers, mxcsr, image[160:288])

    def take_changes(self, content: bytearray) -> dict[int, int]:
        """The words of the region that changed, which it then puts back."""
        changes = {}
        for i, page in enumerate(self.pages):
            before = content[i * PAGE : (i + 1) * PAGE]
            if self.ram[page : page + PAGE] == before:
                continue
            words = zip(
                struct.iter_unpack("<I", self.ram[page : page + PAGE]), struct.iter_unpack("<I", before), strict=True
            )
            changes.update({i * PAGE + n * 4: now for n, ((now,), (old,)) in enumerate(words) if now != old})
            self.ram[page : page + PAGE] = bytes(before)
        return changes
