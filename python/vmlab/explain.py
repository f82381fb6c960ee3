# SPDX-License-Identifier: GPL-2.0-only
"""A page fault told in words: the instruction, the address, the error code, the walk, the mapping, what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vmlab.views.page_table import flags_in_words
from vmlab.views.render import Shown

if TYPE_CHECKING:
    from vmlab.views.fault import Fault

PROTECTION, WRITE, USER = 1, 2, 4
_ACCESSES = {"read": "a read", "write": "a write", "fetch": "an instruction fetch"}


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
    lines: tuple[tuple[str, str], ...]

    def __iter__(self) -> Iterator[tuple[str, str]]:
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


def explain_fault(fault: Fault) -> Explanation:
    """The first form of an explanation: everything is in the two records that the fault left in the log."""
    lines = [
        *_instruction(fault),
        ("address", f"{fault.address} (page {fault.address.page}, byte {fault.address.offset:#x} of it)"),
        ("error code", f"{fault.error}: {error_in_words(fault.error, fault.access)}"),
        *_walk("walk", fault, fault.pde_before, fault.pte_before),
        *_mapping(fault),
        ("what was done", fault.done),
        *_walk("afterwards", fault, fault.pde_after, fault.pte_after),
    ]
    number = f"Page fault of process {fault.pid}, event {fault.index}, at time {fault.time}"
    return Explanation(number, tuple(lines))


def _instruction(fault: Fault) -> Iterator[tuple[str, str]]:
    if fault.by_kernel:
        yield "instruction", "none: the kernel itself touched this page, for a system call or to start the program"
        return
    instruction = fault.instruction
    text = instruction.text if instruction else "not in memory yet" if fault.access == "fetch" else "not readable"
    yield "instruction", f"{text}, at {fault.eip}"
    if instruction and instruction.reads:
        yield "registers", ", ".join(f"{name} = {fault.registers[name]:#010x}" for name in instruction.reads)


def _walk(label: str, fault: Fault, pde: int | None, pte: int | None) -> Iterator[tuple[str, str]]:
    if pde is None or pte is None:  # the kernel has not answered
        return
    yield label, f"directory entry {fault.address >> 22:#x}: {flags_in_words(pde)}"
    if pde & 1:
        frame = f", frame {pte >> 12}" if pte & 1 else ""
        yield "", f"table entry {fault.address >> 12 & 0x3FF:#x}: {flags_in_words(pte)}{frame}"


def _mapping(fault: Fault) -> Iterator[tuple[str, str]]:
    if fault.answer is None:
        return
    mapping = fault.mapping
    yield "mapping", "none" if mapping is None else f"{mapping}"
