# SPDX-License-Identifier: GPL-2.0-only
"""A trap: what stopped the guest, and the frame that it left on the kernel stack."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from vmlab.address import Address
from vmlab.explain import error_in_words
from vmlab.views.registers import Registers, TrapFrame
from vmlab.views.render import Shown, table

PAGE_FAULT, GENERAL_PROTECTION = 14, 13
_FROM_IDT = 2


@dataclass(frozen=True)
class Trap(Shown):
    """Why a guest stopped, and where. Two traps are equal when they are the same but for their time.

    vector: 0 to 20 for the processor's exceptions, else the n of `int n`.
    mnemonic: "#PF", "#GP", ...; "" where the manual has none.
    error_code: as the processor pushes it; 0 for a vector that has none.
    instruction: where the instruction begins; EIP itself is past it for `int n` and after a single step.
    cr2, access: the address that faulted, to the byte, and "read", "write" or "fetch"; None unless a page fault.
    frame_address, frame_bytes: where the trap frame lies on the kernel stack, and its 68 bytes as written there.
    software: whether the guest asked for it by `int n`, int3 or into.
    """

    vector: int
    mnemonic: str
    error_code: int
    instruction: Address
    cr2: Address | None
    access: str | None
    registers: Registers
    frame_address: Address
    frame_bytes: bytes
    software: bool
    taken_at: int = field(default=0, compare=False)

    @property
    def eip(self) -> Address:
        """Where the guest goes on: at the instruction for a fault, after it for a trap."""
        return Address(self.registers.eip)

    @property
    def frame(self) -> TrapFrame:
        """The trap frame by name."""
        return unpack_trap_frame(self.frame_bytes)

    @property
    def error(self) -> str:
        """The error code in words; "" where there is nothing to say."""
        if self.vector == PAGE_FAULT and not self.software:
            return error_in_words(self.error_code, self.access)
        if not self.error_code:
            return ""
        if self.error_code & _FROM_IDT:
            return f"gate {self.error_code >> 3} of the IDT is closed to ring 3"
        return f"the selector {self.error_code:#06x}"

    def __rich__(self) -> Any:
        shown = table("trap", "value")
        shown.add_row("vector", f"{self.vector} {self.mnemonic}".strip() + (" by int" if self.software else ""))
        shown.add_row("instruction", str(self.instruction))
        if self.cr2 is not None:
            shown.add_row("CR2", f"{self.cr2} ({self.access})")
        shown.add_row("error code", f"{self.error_code}{': ' + self.error if self.error else ''}")
        shown.add_row("trap frame", f"{len(self.frame_bytes)} bytes at {self.frame_address}")
        return shown


def unpack_trap_frame(data: bytes) -> TrapFrame:
    """The 68 bytes by name, from the lowest address up; selectors take 16 of their 32 bits (lecture 000's drawing)."""
    words = struct.unpack("<8IHxxHxxIIIHxxIIHxx", data)
    return TrapFrame(*words)
