# SPDX-License-Identifier: GPL-2.0-only
"""The records that the native runner reads and writes, and the pages that a case sees."""

from __future__ import annotations

import dataclasses
import enum
import struct

PAGE = 4096
PAGES = 8
REGION = 0x20000000
CODE_BYTES = 48
GS_BASE = 0x1010  # of the segment that GS selects
GS_SLOT = 12

GENERAL = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi")
SEGMENTS = ("es", "cs", "ss", "ds", "fs", "gs")

TEST = struct.Struct("<8I2II3I80s128sI48s")
OUTCOME = struct.Struct("<3I8I2I6II3I80s128sI")


class PageAccess(enum.IntEnum):
    """What a page of the region allows."""

    ABSENT = 0
    READ_ONLY = 1
    READ_WRITE = 2


class Flag(enum.IntFlag):
    """EFLAGS bits by name."""

    NONE = 0
    CF = 0x001
    PF = 0x004
    AF = 0x010
    ZF = 0x040
    SF = 0x080
    TF = 0x100
    IF = 0x200
    DF = 0x400
    OF = 0x800
    NT = 0x4000
    RF = 0x10000


ARITHMETIC = Flag.CF | Flag.PF | Flag.AF | Flag.ZF | Flag.SF | Flag.OF


@dataclasses.dataclass
class FloatingState:
    """x87 and SSE registers; a tag is one bit a register: 1 means valid."""

    control: int = 0x37F
    status: int = 0
    valid: int = 0
    registers: bytes = bytes(80)
    mxcsr: int = 0x1F80
    xmm: bytes = bytes(128)

    @property
    def full_tag(self) -> int:
        """The tag word of fsave; its three kinds of "valid" load alike."""
        return sum((0 if self.valid >> i & 1 else 3) << 2 * i for i in range(8))


@dataclasses.dataclass
class Case:
    """One piece of code and the state it starts from."""

    name: str
    code: bytes
    code_at: int
    general: list[int]
    eflags: int
    floating: FloatingState
    undefined: Flag = Flag.NONE  # flags that the manual leaves undefined
    content: bytes = b""  # of the region before this case
    operand: int | None = None  # linear address of its memory operand
    align: int = 1  # what the operand must be aligned to
    padding: int = 0x90  # the byte that fills the code's place after it

    def pack(self) -> bytes:
        """The bytes that the native runner reads."""
        f = self.floating
        return TEST.pack(
            *self.general,
            self.code_at,
            self.eflags,
            f.mxcsr,
            f.control,
            f.status,
            f.full_tag,
            f.registers,
            f.xmm,
            self.code_at,
            self.code.ljust(CODE_BYTES, bytes((self.padding,))),
        )


@dataclasses.dataclass
class Group:
    """Cases that share the same pages; each case's code stays in the pages for those after it."""

    access: list[PageAccess]
    content: bytes
    cases: list[Case]

    def pack(self) -> bytes:
        """The bytes that the native runner reads."""
        head = struct.pack("<I8B", len(self.cases), *self.access) + self.content
        return head + b"".join(case.pack() for case in self.cases)


@dataclasses.dataclass
class Outcome:
    """How a case ended."""

    trap: int
    error: int
    cr2: int
    general: tuple[int, ...]
    eip: int
    eflags: int
    segments: tuple[int, ...]
    floating: FloatingState
    memory: dict[int, int]  # offset in the region -> new 32-bit word


def valid_bits(full_tag: int) -> int:
    """The abridged tag word of fxsave."""
    return sum((full_tag >> 2 * i & 3 != 3) << i for i in range(8))
