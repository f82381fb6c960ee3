# SPDX-License-Identifier: GPL-2.0-only
"""What a run has cost, line by line: with the labels of GNU time where it has the same, then what it cannot know."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.lab import Lab
from vmlab.process import Process

__all__ = ["time_report"]

_BLOCKS_A_PAGE = 8  # file systems count in blocks of 512 bytes
_OF_TIME = {
    "Major (requiring I/O) page faults": "major_faults",
    "Minor (reclaiming a frame) page faults": "minor_faults",
    "Voluntary context switches": "voluntary_switches",
    "Involuntary context switches": "involuntary_switches",
}
_OWN = {
    "Instructions executed": "instructions",
    "Page faults, read of a page not present": "reads_not_present",
    "Page faults, write to a page not present": "writes_not_present",
    "Page faults, fetch from a page not present": "fetches_not_present",
    "Page faults, protection violation": "protection_violations",
    "Pages copied": "pages_copied",
    "Pages zeroed": "pages_zeroed",
    "Pages read from files": "pages_read",
    "Pages written back to files": "pages_written_back",
    "Pages swapped in": "pages_swapped_in",
    "Pages swapped out": "pages_swapped_out",
    "Pages evicted": "pages_evicted",
    "Frames of pages at most": "peak_frames",
    "User/kernel crossings": "kernel_entries",
    "System calls": "system_calls",
    "TLB hits": "tlb_hits",
    "TLB misses": "tlb_misses",
    "TLB flushes": "tlb_flushes",
    "TLB invalidations of one page": "tlb_invalidations",
}


def time_report(command: str, lab: Lab, process: Process) -> str:
    """What `time --verbose` prints about a command: the process and those that it forked."""
    return "".join(f"{line}\n" for line in _lines(command, lab, process))


def _lines(command: str, lab: Lab, process: Process) -> Iterator[str]:
    counters, own = lab.counters, process.counters
    if process.signal is not None:
        yield f"Command terminated by signal {process.signal}"
    yield f'\tCommand being timed: "{command}"'
    yield f"\tMaximum resident set size (kbytes): {4 * max(each.peak_resident_pages for each in lab.processes)}"
    for label, name in _OF_TIME.items():
        yield f"\t{label}: {counters[name]}"
    yield f"\tFile system inputs: {_BLOCKS_A_PAGE * counters['pages_read']}"
    yield f"\tFile system outputs: {_BLOCKS_A_PAGE * counters['pages_written_back']}"
    yield "\tPage size (bytes): 4096"
    yield f"\tExit status: {process.exit_status or 0}"
    yield f"\tSimulated time: {lab.now}"
    for label, name in _OWN.items():
        yield f"\t{label}: {counters[name]}"
    yield f"\tPage-table frames of the process: {own['table_frames']}"
    yield f"\tKernel metadata of the process (bytes): {own['metadata_bytes']}"
