# SPDX-License-Identifier: GPL-2.0-only
"""The words for what happens to a page: the error code, the instruction, the walk; and an explanation made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vmlab.address import Address
from vmlab.instruction import Instruction
from vmlab.views.page_table import flags_in_words
from vmlab.views.render import Shown

PROTECTION, WRITE, USER = 1, 2, 4  # P, R/W and U/S of a page fault's error code
_ACCESSES = {"read": "a read", "write": "a write", "fetch": "an instruction fetch"}

Line = tuple[str, str]  # label, text


def error_in_words(error: int, access: str | None = None) -> str:
    """The processor's error code of a page fault: "a write in user mode; the page is not present"."""
    what = _ACCESSES[access] if access else ("a write" if error & WRITE else "a read or fetch")
    mode = "user mode" if error & USER else "kernel mode"
    why = "the page is present, but its rights forbid it" if error & PROTECTION else "the page is not present"
    return f"{what} in {mode}; {why}"


@dataclass(frozen=True)
class Explanation(Shown):
    """Lines with a label each, in the order in which things happened."""

    title: str
    lines: tuple[Line, ...]

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __getitem__(self, label: str) -> str:
        """The text behind a label, or "" when there is no such line."""
        return next((text for name, text in self.lines if name == label), "")

    def __str__(self) -> str:
        width = max(len(label) for label, _ in self.lines)
        return "\n".join([self.title, *(f"  {label:<{width}}  {text}" for label, text in self.lines)])

    def __rich__(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2))
        for label, text in self.lines:
            grid.add_row(Text(f"  {label}", style="cyan"), Text(text))
        return Group(Text(self.title, style="bold"), grid)


def instruction_lines(
    instruction: Instruction | None, eip: Address, access: str, registers: Mapping[str, int]
) -> Iterator[Line]:
    """What stands at EIP, and the registers that it uses."""
    text = instruction.text if instruction else "not in memory yet" if access == "fetch" else "not readable"
    yield "instruction", f"{text}, at {eip}"
    if instruction and instruction.reads:
        yield "registers", ", ".join(f"{name} = {registers[name]:#010x}" for name in instruction.reads)


def walk_lines(label: str, address: Address, pde: int, pte: int) -> Iterator[Line]:
    """The two levels of the tables, the second where the first leads to it."""
    yield label, f"directory entry {address >> 22:#x}: {flags_in_words(pde)}"
    if pde & 1:
        frame = f", frame {pte >> 12}" if pte & 1 else ""
        yield "", f"table entry {address >> 12 & 0x3FF:#x}: {flags_in_words(pte)}{frame}"
