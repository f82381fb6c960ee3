# SPDX-License-Identifier: GPL-2.0-only
"""One i386 instruction as text, and the registers that it looks at."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

REGISTERS = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi")
_WHOLE = {part: whole for whole in REGISTERS for part in (whole, whole[1:])} | {
    f"{letter}{half}": f"e{letter}x" for letter in "abcd" for half in "lh"
}


@dataclass(frozen=True)
class Instruction:
    """What the bytes at an address say; `reads` are the 32-bit registers whose values it uses."""

    text: str
    length: int
    reads: tuple[str, ...]


@functools.cache
def _decoder() -> Any:
    import capstone

    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_32)
    decoder.detail = True
    return decoder


def decode(code: bytes, address: int) -> Instruction | None:
    """The instruction at the start of `code`; None when the bytes say none."""
    found = next(_decoder().disasm(code, address, count=1), None)
    if found is None:
        return None
    names = [found.reg_name(register) for register in found.regs_access()[0]]
    reads = tuple(dict.fromkeys(_WHOLE[name] for name in names if name in _WHOLE))
    return Instruction(f"{found.mnemonic} {found.op_str}".strip(), found.size, reads)
