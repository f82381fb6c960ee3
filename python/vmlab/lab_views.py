# SPDX-License-Identifier: GPL-2.0-only
"""What a lab shows of its machine and kernel: snapshots by name, and the functions of a teaching system's kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmlab import _core
from vmlab.abi import family
from vmlab.address import Address
from vmlab.event_schema import vocabularies
from vmlab.process import Process, vm_counts
from vmlab.views.commit import Commit
from vmlab.views.counters import Counters
from vmlab.views.files import Files, files_of
from vmlab.views.frames import Frames
from vmlab.views.swap import Swap, SwapSlot
from vmlab.views.terminal import Terminal, terminal_of
from vmlab.views.transfers import Transfer, transfers_of
from vmlab.views.workers import Work, Workers
from vmlab.views.zones import Zone, Zones

if TYPE_CHECKING:
    from vmlab.jos_functions import Jos
    from vmlab.xv6 import Xv6

__all__ = ["LabViews"]


class LabViews:
    """The part of a Lab that changes nothing. Each snapshot is of the moment at which it was asked for."""

    @property
    def _core(self) -> _core.LabCore:
        raise NotImplementedError

    @property
    def abi(self) -> str:
        """How its kernel looks to a program."""
        raise NotImplementedError

    @property
    def processes(self) -> list[Process]:
        """All processes, those that have ended included, by pid."""
        raise NotImplementedError

    @property
    def frames(self) -> Frames:
        """What each page frame of RAM is used for, and which pages show it."""
        names = {use.value: use.name.lower() for use in _core.FrameUse}
        places: dict[int, tuple[tuple[int, Address], ...]] = {}
        for process in filter(lambda process: process.alive, self.processes):
            for entry in process.page_table.values():
                if entry.frame is not None:
                    places[entry.frame] = (*places.get(entry.frame, ()), (process.pid, entry.address))
        uses = tuple(map(names.__getitem__, self._core.frame_uses()))
        return Frames(uses, places, self.now)

    @property
    def counters(self) -> Counters:
        """What everything in this lab has cost so far, and what it takes now."""
        core = self._core
        vm, usage = core.vm_counters(), core.usage()
        counts = vm_counts(vm)
        counts |= {"page_frames": core.page_frames(), "peak_frames": vm.peak_page_frames}
        names = ("resident_pages", "pss_bytes", "table_frames", "kernel_frames", "metadata_bytes")
        counts |= {name: getattr(usage, name) for name in names}
        counts |= {"swap_used": len(core.swap_records())}
        counts |= {"instructions": core.instructions(), "events": core.tracer().count()}
        return Counters(counts, core.now())

    @property
    def swap(self) -> Swap:
        """The slots of the swap device, and which page each holds."""
        core = self._core
        return Swap(core.swap_slots(), tuple(SwapSlot(*record) for record in core.swap_records()), core.now())

    @property
    def zones(self) -> Zones:
        """The zones of RAM, the lowest first."""
        core, names = self._core, tuple(vocabularies()["zone"])
        return Zones(tuple(Zone(names[name], *numbers) for name, *numbers in core.zone_records()), core.now())

    @property
    def workers(self) -> Workers:
        """What the pageout daemon and the other workers in the background have come to."""
        core = self._core
        work = (Work(*done) for done in core.work_done())
        return Workers(dict(zip(vocabularies()["worker"], work, strict=True)), core.now())

    @property
    def files(self) -> Files:
        """The guest's files by their absolute paths, such as `lab.files["/tmp/out"].read_text()`."""
        return files_of(self._core)

    @property
    def terminal(self) -> Terminal:
        """The terminal of programs started with `terminal=True`: what its screen showed, and who has it."""
        return terminal_of(self._core)

    @property
    def console(self) -> bytes:
        """All that the machine's console has shown, in order: what processes wrote there and the kernel's own lines."""
        return self._core.terminal().screen

    @property
    def disk(self) -> bytes:
        """The disk behind the machine's ports as it is now. ValueError for an ABI without one."""
        content = self._core.disk()
        if content is None:
            raise ValueError(f'abi="{self.abi}" has no disk that programs reach through ports')
        return content

    @property
    def xv6(self) -> Xv6:
        """Functions of xv6's kernel by their names, under abi="xv6"."""
        from vmlab.xv6 import Xv6

        if self.abi != "xv6":
            raise ValueError(f'lab.xv6 is for abi="xv6"; this lab has abi="{self.abi}"')
        return Xv6(self, lambda: self._core)

    @property
    def jos(self) -> Jos:
        """Functions of JOS's kernel by their names, under abi="jos-lab3" and its like."""
        from vmlab.jos_functions import Jos

        if family(self.abi) != "jos":
            raise ValueError(f'lab.jos is for abi="jos-lab3" and its like; this lab has abi="{self.abi}"')
        return Jos(lambda: self._core)

    @property
    def frame_buffer(self) -> bytes:
        """What the frames of /dev/fb0 hold now. ValueError for a lab that has none."""
        content = self._core.frame_buffer()
        if content is None:
            raise ValueError('this lab has no frame buffer: give it one, such as frame_buffer="64 KiB"')
        return content

    @property
    def commit(self) -> Commit:
        """How much memory has been promised to programs, and how much may be."""
        core = self._core
        by_process = dict(core.committed_by_process())
        return Commit(
            core.overcommit().name.lower(), core.committed_pages(), core.commit_limit(), by_process, core.now()
        )

    @property
    def transfers(self) -> list[Transfer]:
        """What the disks have been handed and have not done yet; nothing with disks that take no time."""
        return transfers_of(self._core.transfer_records())

    @property
    def now(self) -> int:
        """The simulated time."""
        return self._core.now()
