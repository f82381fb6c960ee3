# SPDX-License-Identifier: GPL-2.0-only
"""Page faults: each the record of its arrival and the record of the kernel's answer, seen as one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vmlab.address import Address
from vmlab.event_record import EventRecord
from vmlab.event_schema import vocabularies
from vmlab.explain import USER, Explanation, Line, error_in_words, instruction_lines, walk_lines
from vmlab.instruction import REGISTERS, Instruction, decode
from vmlab.views.events import import_pandas, maybe_missing
from vmlab.views.maps import rights_in_letters
from vmlab.views.page_table import flags_in_words
from vmlab.views.pairs import Pairs
from vmlab.views.render import Shown, table

if TYPE_CHECKING:
    import pandas

PAGE_FAULT = 14
_CODE = ("code0", "code1", "code2", "code3")
_ENTRIES = ("pde_before", "pte_before", "pde_after", "pte_after")


@dataclass(frozen=True)
class FaultMapping:
    """The mapping that a fault fell into, as the log has it."""

    start: Address
    end: int
    protection: int
    kind: str

    def __str__(self) -> str:
        return f"{self.start:08x}-{self.end:08x} {rights_in_letters(self.protection)} ({self.kind})"


@dataclass(frozen=True)
class Fault(Shown):
    """One page fault. What is known only after the kernel's answer is None until then.

    Where the kernel itself touched the page there is no trap, no `eip` and no registers.
    """

    question: EventRecord
    answer: EventRecord | None
    index: int = field(compare=False)

    @classmethod
    def of(cls, event: EventRecord) -> Fault:
        """The fault that a `fault` or `fault_resolved` record belongs to."""
        if event.name == "fault":
            return cls(event, event.partner, event.index)
        if event.name == "fault_resolved" and event.partner is not None:
            return cls(event.partner, event, event.partner.index)
        raise ValueError(f"only page faults can be explained, and event {event.name!r} is none")

    @property
    def by_kernel(self) -> bool:
        """Whether the kernel itself touched the page: U/S of the error code is clear."""
        return not self.error & USER

    @property
    def pid(self) -> int:
        return self.question.pid

    @property
    def time(self) -> int:
        return self.question.time

    @property
    def address(self) -> Address:
        """CR2, to the byte."""
        return Address(self.question.words["address"])

    @property
    def page(self) -> Address:
        return self.address.page

    @property
    def error(self) -> int:
        return self.question.words["error"]

    @property
    def trap(self) -> int | None:
        return None if self.by_kernel else PAGE_FAULT

    @property
    def access(self) -> str:
        """ "read", "write" or "fetch"."""
        return str(self.question.access)

    @property
    def eip(self) -> Address | None:
        return None if self.by_kernel else Address(self.question.words["eip"])

    @property
    def registers(self) -> dict[str, int]:
        """The eight registers at the fault; empty where the kernel itself touched the page."""
        return {} if self.by_kernel else {name: self.question.words[name] for name in REGISTERS}

    @property
    def code(self) -> bytes:
        """The bytes from EIP on, as far as they could be read."""
        return struct.pack("<4I", *(self.question.words[name] for name in _CODE))

    @property
    def instruction(self) -> Instruction | None:
        """What stands at EIP; None where it could not be read."""
        return decode(self.code, self.eip or 0) if any(self.code) else None

    @property
    def pde_before(self) -> int:
        return self.question.words["pde"]

    @property
    def pte_before(self) -> int:
        return self.question.words["pte"]

    @property
    def pde_after(self) -> int | None:
        return self.answer.words["pde"] if self.answer else None

    @property
    def pte_after(self) -> int | None:
        return self.answer.words["pte"] if self.answer else None

    @property
    def result(self) -> str | None:
        """How the kernel answered: "zero_fill", "copy_up", ..."""
        return str(self.answer.result) if self.answer else None

    @property
    def major(self) -> bool | None:
        """Whether input or output was needed, as time(1) counts."""
        return bool(self.answer.words["major"]) if self.answer else None

    @property
    def done(self) -> str:
        """The same in words."""
        if self.result is None:
            return "nothing yet: the kernel has not acted"
        return vocabularies()["fault_result"][self.result]

    @property
    def mapping(self) -> FaultMapping | None:
        """The mapping that the address lies in; None when nothing is mapped there, or not yet looked up."""
        if self.answer is None or self.answer.words["mapping_end"] == self.answer.words["mapping_start"] == 0:
            return None
        words = self.answer.words
        end = words["mapping_end"] or 1 << 32
        return FaultMapping(Address(words["mapping_start"]), end, words["protection"], str(self.answer.kind))

    def explain(self) -> Explanation:
        """What happened, in words a student can follow. Everything is in the two records that the fault left."""
        lines = [
            *self._instruction_lines(),
            ("address", f"{self.address} (page {self.address.page}, byte {self.address.offset:#x} of it)"),
            ("error code", f"{self.error}: {error_in_words(self.error, self.access)}"),
            *self._answer_lines(),
        ]
        title = f"Page fault of process {self.pid}, event {self.index}, at time {self.time}"
        return Explanation(title, tuple(lines))

    def _instruction_lines(self) -> Iterator[Line]:
        if self.eip is None:
            yield "instruction", "none: the kernel itself touched this page, for a system call or to start the program"
        else:
            yield from instruction_lines(self.instruction, self.eip, self.access, self.registers)

    def _answer_lines(self) -> Iterator[Line]:
        yield from walk_lines("walk", self.address, self.pde_before, self.pte_before)
        if self.answer is not None:
            yield "mapping", "none" if self.mapping is None else str(self.mapping)
        yield "what was done", self.done
        if self.pde_after is not None and self.pte_after is not None:
            yield from walk_lines("afterwards", self.address, self.pde_after, self.pte_after)

    def __str__(self) -> str:
        where = "the kernel" if self.by_kernel else f"eip {self.eip}"
        return f"{self.access} of {self.address} by {where}, error {self.error}: {self.result or 'not yet answered'}"

    def __rich__(self) -> Any:
        return self.explain()

    def __repr__(self) -> str:
        return f"<fault of process {self.pid}: {self}>"


class Faults(Pairs[Fault]):
    """Page faults of one log, in order."""

    def _item(self, question: EventRecord, answer: EventRecord | None) -> Fault:
        return Fault(question, answer, question.index)

    def of(self, *results: str, pid: int | None = None) -> Faults:
        """Those that ended in one of these ways (any, when none is given), of this process alone if `pid` is given."""
        known = vocabularies()["fault_result"]
        for result in results:
            if result not in known:
                raise ValueError(f"there is no fault result {result!r}; there are {', '.join(known)}")
        chosen = [
            pair
            for pair, fault in zip(self._pairs, self, strict=True)
            if (not results or fault.result in results) and pid in (None, fault.pid)
        ]
        return Faults(self._log, chosen)

    def to_pandas(self) -> pandas.DataFrame:
        """A row a fault; addresses and entries are uint32. What is not known before the kernel's answer is missing."""
        pd = import_pandas()
        frame = pd.DataFrame(
            {
                "index": pd.array([fault.index for fault in self], dtype="uint64"),
                "time": pd.array([fault.time for fault in self], dtype="uint64"),
                "pid": pd.array([fault.pid for fault in self], dtype="uint32"),
                "address": pd.array([int(fault.address) for fault in self], dtype="uint32"),
                "error": pd.array([fault.error for fault in self], dtype="uint32"),
                "access": pd.Categorical([fault.access for fault in self]),
                "eip": maybe_missing(pd, [fault.eip for fault in self]),
                "result": pd.Categorical([fault.result for fault in self]),
                "major": pd.array([fault.major for fault in self], dtype="boolean"),
            }
        )
        for name in _ENTRIES:
            frame[name] = maybe_missing(pd, [getattr(fault, name) for fault in self])
        return frame

    def __repr__(self) -> str:
        return f"<{len(self)} page faults>"

    def __rich__(self) -> Any:
        shown = table("event", "pid", "address", "error", "access", "eip", "result", "entry after", right=("event",))
        for fault in self:
            shown.add_row(
                str(fault.index),
                str(fault.pid),
                str(fault.address),
                str(fault.error),
                fault.access,
                "kernel" if fault.by_kernel else str(fault.eip),
                fault.result or "",
                "" if fault.pte_after is None else flags_in_words(fault.pte_after),
            )
        return shown
