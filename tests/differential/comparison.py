# SPDX-License-Identifier: GPL-2.0-only
"""One case as the processor and the engine had it, and the names of all in which two outcomes can differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from tests.differential.layout import ARITHMETIC, GENERAL, SEGMENTS, Case, Flag, Outcome

ECX, ESP, EBP, ESI, EDI = 1, 4, 5, 6, 7
ERROR_CODE_TRAPS = (8, 10, 11, 12, 13, 14, 17)
SEGMENT_PREFIXES = {0x26: "es", 0x2E: "cs", 0x36: "ss", 0x3E: "ds", 0x64: "fs", 0x65: "gs"}
OTHER_PREFIXES = (0x66, 0x67, 0xF0, 0xF2, 0xF3)
FLAG_FIELD = "flag "


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One case with both its outcomes, taken apart."""

    case: Case
    native: Outcome
    ours: Outcome

    @property
    def prefixes(self) -> bytes:
        """The bytes before the opcode."""
        code = self.case.code
        length = 0
        while code[length] in SEGMENT_PREFIXES or code[length] in OTHER_PREFIXES:
            length += 1
        return code[:length]

    @property
    def opcode(self) -> bytes:
        """From the opcode on."""
        return self.case.code[len(self.prefixes) :]

    @property
    def segment(self) -> str:
        """The segment override in force."""
        names = [SEGMENT_PREFIXES[byte] for byte in self.prefixes if byte in SEGMENT_PREFIXES]
        return names[-1] if names else ""

    @property
    def size(self) -> int:
        """Bytes of an operand that is not a byte."""
        return 2 if 0x66 in self.prefixes else 4

    @property
    def completed(self) -> bool:
        """The processor finished the instruction."""
        return self.native.trap == 1 and self.native.eip != self.case.code_at

    @property
    def esp(self) -> int:
        """ESP at the start."""
        return self.case.general[ESP]


def memory_bytes(outcome: Outcome, content: bytes) -> dict[int, int]:
    """The changed bytes, by offset in the region."""
    return {
        offset + i: byte
        for offset, word in outcome.memory.items()
        for i, byte in enumerate(word.to_bytes(4, "little"))
        if byte != content[offset + i]
    }


def differing_fields(native: Outcome, ours: Outcome) -> set[str]:
    """Names of all that is unlike. An error code or CR2 counts only for a trap that has one."""
    fields = set()
    if native.trap != ours.trap:
        fields.add("trap")
    elif native.trap in ERROR_CODE_TRAPS:
        fields |= {"error"} if native.error != ours.error else set()
        fields |= {"cr2"} if native.trap == 14 and native.cr2 != ours.cr2 else set()
    if native.eip != ours.eip:
        fields.add("eip")
    fields |= {name for name, a, b in zip(GENERAL, native.general, ours.general, strict=True) if a != b}
    fields |= {name for name, a, b in zip(SEGMENTS, native.segments, ours.segments, strict=True) if a != b}
    fields |= flag_fields(native.eflags ^ ours.eflags)
    if native.memory != ours.memory:
        fields.add("memory")
    a, b = native.floating, ours.floating
    for name in ("control", "status", "valid"):
        unlike = getattr(a, name) ^ getattr(b, name)
        fields |= {f"x87 {name} {bit:x}" for bit in range(16) if unlike >> bit & 1}
    fields |= {
        f"st slot {i}" for i in range(8) if a.registers[i * 10 : i * 10 + 10] != b.registers[i * 10 : i * 10 + 10]
    }
    fields |= {f"mxcsr {bit:x}" for bit in range(16) if (a.mxcsr ^ b.mxcsr) >> bit & 1}
    fields |= {f"xmm{i}" for i in range(8) if a.xmm[i * 16 : i * 16 + 16] != b.xmm[i * 16 : i * 16 + 16]}
    return fields


def flag_fields(flags: int) -> set[str]:
    """The field names of some flags."""
    return {f"{FLAG_FIELD}{1 << bit:x}" for bit in range(32) if flags >> bit & 1}


def bit_fields(name: str, bits: Iterable[int]) -> set[str]:
    """The field names of some bits of a control or status register."""
    return {f"{name} {bit:x}" for bit in bits}


X87_FIELDS = frozenset(
    {f"st slot {i}" for i in range(8)}.union(
        *(bit_fields(f"x87 {name}", range(16)) for name in ("control", "status", "valid"))
    )
)
XMM_FIELDS = frozenset(f"xmm{i}" for i in range(8))
ALL_FIELDS = (
    frozenset({"trap", "error", "cr2", "eip", "memory", *GENERAL, *SEGMENTS, *bit_fields("mxcsr", range(16))})
    | flag_fields(int(ARITHMETIC | Flag.TF | Flag.DF))
    | X87_FIELDS
    | XMM_FIELDS
)
