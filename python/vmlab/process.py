# SPDX-License-Identifier: GPL-2.0-only
"""A process of a Lab: a live handle, and the snapshots that it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vmlab import _core
from vmlab.address import Address
from vmlab.address_plan import END
from vmlab.arguments import check_address, check_range
from vmlab.event_schema import vocabularies
from vmlab.events import Events
from vmlab.views.counters import Counters
from vmlab.views.fault import Faults
from vmlab.views.layout import Layout, layout
from vmlab.views.maps import Maps
from vmlab.views.objects import Objects
from vmlab.views.page_table import WRITABLE, Entry, PageTable
from vmlab.views.registers import Registers, TrapFrame
from vmlab.views.smaps import Smaps
from vmlab.views.walk import Walk

if TYPE_CHECKING:
    from vmlab.lab import Lab

__all__ = ["Process"]


class Process:
    """One process. It goes on being the same process while the Lab runs; one that has ended answers as at its end.

    Of what an ended one had in swap or in files, and not in its page tables, 1024 pages are kept for `read`.
    """

    def __init__(self, lab: Lab, pid: int, core: Callable[[], _core.LabCore]) -> None:
        self._lab = lab
        self._pid = pid
        self._ask = core

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def name(self) -> str:
        """What it was started as."""
        return self._ask().name(self._pid)

    @property
    def state(self) -> str:
        """ "ready", "running", "blocked" or "exited"."""
        return self._ask().state(self._pid).name

    @property
    def parent(self) -> Process | None:
        """The process that forked it; None when you started it, or the parent ended before it."""
        parent = self._ask().parent(self._pid)
        return self._lab.process(parent) if parent else None

    @property
    def children(self) -> list[Process]:
        """The processes that it forked, also those that have ended, in the order of their pids."""
        core = self._ask()
        return [self._lab.process(pid) for pid in core.pids() if core.parent(pid) == self._pid]

    @property
    def stack_slot(self) -> int | None:
        """The swap slot that its kernel stack is in while the swapper has taken it out of memory."""
        return self._ask().stack_slot(self._pid)

    @property
    def alive(self) -> bool:
        return self.state != "exited"

    @property
    def exit_status(self) -> int | None:
        """What it gave to exit(); None while it lives and when a signal killed it."""
        return None if self.alive or self.signal else self._ask().exit_status(self._pid)

    @property
    def signal(self) -> int | None:
        """The number of the signal that killed it, or None."""
        return self._ask().exit_signal(self._pid) or None

    @property
    def stdout(self) -> bytes:
        """Everything that it has written to its standard output."""
        return self._ask().output(self._pid)

    @property
    def stdout_text(self) -> str:
        """The same as text; a byte that is not UTF-8 shows as \\N{REPLACEMENT CHARACTER}."""
        return self.stdout.decode(errors="replace")

    @property
    def stderr(self) -> bytes:
        """Everything that it has written to its standard error."""
        return self._ask().error_output(self._pid)

    @property
    def registers(self) -> Registers:
        """The registers that it goes on with."""
        return Registers.of(self._ask().registers(self._pid))

    @property
    def trap_frame(self) -> TrapFrame:
        """The bytes that its last trap left on its kernel stack, by name."""
        return TrapFrame.of(self._ask().trap_frame(self._pid))

    @property
    def maps(self) -> Maps:
        """Its mappings, in address order."""
        core = self._ask()
        return Maps.of(core.mappings(self._pid), core.now())

    def layout(
        self,
        plan: str | None = None,
        *,
        to_scale: bool = False,
        lines: int = 48,
        bands: int | None = 40,
        start: int = 0,
        end: int = END,
    ) -> Layout:
        """Its address space as the lectures draw it: text in a terminal, SVG in a notebook.

        plan: whose drawing; that of the lab's ABI when none is named. See vmlab.layout for all arguments.
        ValueError: something is mapped where that system has its kernel.
        """
        drawn_by = self._lab._config.address_plan if plan is None else plan
        return layout(drawn_by, self.maps, to_scale=to_scale, lines=lines, bands=bands, start=start, end=end)

    @property
    def smaps(self) -> Smaps:
        """What of each mapping is in memory and in swap, and who shares it: /proc/PID/smaps."""
        return Smaps.of(self.maps, self._ask().mapping_uses(self._pid))

    @property
    def page_table(self) -> PageTable:
        """The entries of its present pages."""
        core, maps = self._ask(), self.maps
        entries: dict[int, Entry] = {}
        for record in core.entries(self._pid):
            mapping = maps.find(record.address)
            copies = mapping is not None and mapping.writable and not mapping.shared
            cow = copies and not record.pte & WRITABLE
            entries[record.address] = Entry(Address(record.address), record.pde, record.pte, cow)
        root = Address(core.walk(self._pid, 0).root)
        return PageTable(entries, root, core.now())

    @property
    def events(self) -> Events:
        """The log's records about it."""
        return self._lab.events.of(pid=self._pid)

    @property
    def faults(self) -> Faults:
        """Its page faults, each with what became of it."""
        return self._lab.events.faults.of(pid=self._pid)

    @property
    def counters(self) -> Counters:
        """What it has cost, and what it takes now."""
        core = self._ask()
        usage, use = core.usage(self._pid), self.smaps.total
        counts = vm_counts(core.counters(self._pid))
        counts |= {
            "instructions": core.instructions(self._pid),
            "mapped_bytes": usage.mapped_bytes,
            "resident_pages": usage.resident_pages,
            "peak_resident_pages": self.peak_resident_pages,
            "pss_bytes": use.pss,
            "swapped_bytes": use.swap,
            "table_frames": usage.table_frames,
            "metadata_bytes": usage.metadata_bytes,
        }
        return Counters(counts, core.now())

    @property
    def peak_resident_pages(self) -> int:
        """The most pages that it has had in memory at a time, in this program or one before exec()."""
        return self._ask().peak_resident_pages(self._pid)

    @property
    def objects(self) -> Objects:
        """The objects behind its mappings, shadow chains included; `maps` names the first of each by its number."""
        core = self._ask()
        return Objects.of(core.objects(self._pid), core.now())

    def walk(self, address: int) -> Walk:
        """How its tables lead from an address to a frame, step by step, without setting any bit."""
        check_address(address)
        core = self._ask()
        return Walk.of(core.walk(self._pid, address), core.now())

    def read(self, address: int, size: int) -> bytes:
        """Bytes as it would read them, without a fault. ValueError where nothing is mapped."""
        check_range(address, size)
        return self._ask().read(self._pid, address, size)

    def write(self, address: int, data: bytes) -> None:
        """Change its memory from outside, as a debugger does. ValueError where nothing is mapped."""
        data = bytes(data)
        check_range(address, len(data))
        if not self.alive:
            raise ValueError(f"process {self._pid} has ended: its memory cannot be written any more")
        self._ask().write(self._pid, address, data)

    def __repr__(self) -> str:
        end = f"signal {self.signal}" if self.signal else f"status {self.exit_status}"
        return f"<process {self._pid} {self.name!r}, {self.state}{'' if self.alive else f', {end}'}>"


def vm_counts(counters: _core.VmCounters) -> dict[str, int]:
    """The core's counters by name."""
    counts = dict(zip(vocabularies()["fault_result"], counters.faults_by_result, strict=True))
    return counts | {name: getattr(counters, name) for name in _COUNTERS}


_COUNTERS = (
    *("reads_not_present", "writes_not_present", "fetches_not_present", "protection_violations"),
    *("major_faults", "minor_faults", "pages_copied", "pages_zeroed", "pages_read", "pages_written_back"),
    *("pages_zeroed_ahead", "pages_swapped_in", "pages_swapped_out", "pages_evicted"),
    *("kernel_entries", "system_calls", "context_switches", "voluntary_switches", "involuntary_switches"),
    *("tlb_hits", "tlb_misses", "tlb_flushes", "tlb_invalidations"),
)
