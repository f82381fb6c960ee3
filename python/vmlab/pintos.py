# SPDX-License-Identifier: GPL-2.0-only
"""A page fault as the Pintos course draws it: the stub of interrupt 0x0e, page_fault(), its steps, the way back."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.explain import Explanation, Line, error_in_words
from vmlab.views.fault import Fault
from vmlab.views.page_table import flags_in_words

__all__ = ["page_fault"]

_PRESENT = 1
# What is in the frame, by what was done.
_CONTENT = {
    "zero_fill": "filled with zeros",
    "stack_grow": "filled with zeros: the stack has grown",
    "page_in": "with the page from its file or swap slot",
    "copy_up": "with a copy of the page",
    "zero_page": "the one of zeros that all may read",
}


def page_fault(fault: Fault) -> Explanation:
    """The steps of one fault, in the order in which they were done; what the log has of each.

    The last is "ret" where the process goes on: the instruction is executed again, and the MMU walks the tables again.
    """
    if fault.result is None:
        raise ValueError("the kernel has not acted on this fault yet: run on, and ask then")
    title = f"Page fault of process {fault.pid} at {fault.address}, events {fault.index} to {_answer_index(fault)}"
    return Explanation(title, (*_entry(fault), *_decision(fault), *_way_back(fault)))


def _answer_index(fault: Fault) -> int:
    assert fault.answer is not None
    return fault.answer.index


def _entry(fault: Fault) -> Iterator[Line]:
    if fault.eip is None:
        yield "system call", "the kernel itself touches the page, with the memory of its caller"
    else:
        text = fault.instruction.text if fault.instruction else "an instruction that is not in memory yet"
        yield "instruction", f"{text}, at {fault.eip}, ESP {fault.registers['esp']:#010x}"
        yield "intr0e_stub", f"interrupt 0x0e, error code {fault.error}: {error_in_words(fault.error, fault.access)}"
    yield "page_fault()", f"get fault addr: CR2 is {fault.address}"


def _decision(fault: Fault) -> Iterator[Line]:
    if fault.mapping is None:
        yield "is it the user's?", "no: nothing is mapped there, and no stack may grow to it"
    elif fault.result == "protection":
        yield "is it the user's?", f"no: {fault.mapping} forbids it"
    else:
        yield "is it the user's?", f"yes: {fault.mapping}"
    entry = fault.pte_after or 0
    if fault.result in _CONTENT and entry & _PRESENT:
        yield "allocate page frame", f"frame {entry >> 12}, {_CONTENT[fault.result]}"
    elif fault.result == "out_of_memory":
        yield "allocate page frame", "there is none, and none can be made free"
    elif entry & _PRESENT:
        yield "allocate page frame", f"not needed: frame {entry >> 12} has the page"


def _way_back(fault: Fault) -> Iterator[Line]:
    entry = fault.pte_after or 0
    if not entry & _PRESENT or fault.result in ("no_mapping", "protection", "bus_error", "out_of_memory"):
        yield "terminate process", fault.done
        return
    where = f"directory entry {fault.address >> 22:#x}, table entry {fault.address >> 12 & 0x3FF:#x}"
    yield "install page in page table", f"{where}: {flags_in_words(entry)}"
    again = "the system call goes on" if fault.eip is None else f"the instruction at {fault.eip} is executed again"
    yield "ret", f"{again}, and the MMU walks the page table again"
