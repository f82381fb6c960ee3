# SPDX-License-Identifier: GPL-2.0-only
"""The programs that handle their own page faults: what each says of itself, the log says, too; and the host agrees."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from tests.python.linux.host import PROGRAMS, compile_program, require_native, run_here, run_natively

import vmlab
from vmlab.events import Event
from vmlab.views.fault import Fault

PAGE = 4096
SIGTRAP, SIGSEGV = 5, 11
READ, NONE = 1, 0

NAMES = sorted(path.stem for path in PROGRAMS.glob("trick_*.c"))


@dataclass
class Played:
    """A trick that has run to its end."""

    lab: vmlab.Lab
    process: vmlab.Process

    @property
    def text(self) -> str:
        return self.process.stdout_text

    def figures(self, pattern: str) -> list[tuple[int, ...]]:
        """The numbers of each line that fits; a # in the pattern is a number."""
        found = re.findall(re.escape(pattern).replace(r"\#", r"(\d+)"), self.text)
        assert found, pattern
        return [tuple(map(int, numbers)) if isinstance(numbers, tuple) else (int(numbers),) for numbers in found]

    def figure(self, pattern: str) -> int:
        ((number,),) = self.figures(pattern)
        return number

    def region(self, pages: int) -> range:
        """The first mapping of so many pages that the program made."""
        return regions(self.lab, pages)[0]

    def delivered(self, signal: int = SIGSEGV) -> list[Event]:
        return list(self.lab.events.of("signal_delivered").where(lambda event: event.signal == signal))

    def refused_in(self, region: range, pid: int | None = None) -> list[Fault]:
        """Faults that went to the program's handler."""
        faults = self.lab.events.of("fault", pid=pid).faults
        return [fault for fault in faults if fault.result == "protection" and int(fault.address) in region]

    def calls(self, name: str) -> int:
        return sum(call.name == name for call in self.lab.events.syscalls)


def regions(lab: vmlab.Lab, pages: int) -> list[range]:
    mapped = [call for call in lab.events.syscalls if call.name == "mmap2" and call.arguments[1] == pages * PAGE]
    starts = [call.result & 0xFFFFFFFF for call in mapped if call.result is not None]
    return [range(start, start + pages * PAGE) for start in starts]


def page_in(region: range, fault: Fault) -> int:
    return (int(fault.address) - region.start) // PAGE


def pages_present(process: vmlab.Process, region: range) -> int:
    return sum(address in region for address in process.page_table)


@contextmanager
def started(name: str, folder: Path) -> Iterator[tuple[vmlab.Lab, vmlab.Process]]:
    elf = compile_program(name, folder)
    root = folder / "root"
    root.mkdir()
    with vmlab.Lab(ram="32 MiB", root=root) as lab:
        yield lab, lab.spawn(elf)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[[str], Played]]:
    labs: list[vmlab.Lab] = []

    def play_one(name: str) -> Played:
        elf = compile_program(name, tmp_path)
        (tmp_path / "root").mkdir()
        lab = vmlab.Lab(ram="32 MiB", root=tmp_path / "root")
        labs.append(lab)
        process = lab.spawn(elf)
        assert lab.run(budget=500_000_000).reason == "exited"
        lab.check()
        assert process.exit_status == 0
        return Played(lab, process)

    yield play_one
    for lab in labs:
        lab.close()


def most_pages_present(name: str, pages: int, folder: Path) -> tuple[int, int]:
    """The most pages of the region that are in memory when a handler is done, and how often one was done."""
    most = stops = 0
    with started(name, folder) as (lab, process):
        while lab.run(until="signal_returned", budget=500_000_000).reason == "event":
            most = max(most, pages_present(process, regions(lab, pages)[0]))
            stops += 1
        lab.check()
    return most, stops


@pytest.mark.parametrize("name", NAMES)
def test_a_trick_does_what_it_does_on_the_host(name: str, tmp_path: Path) -> None:
    require_native()
    elf = compile_program(name, tmp_path)
    for folder in ("here", "native"):
        (tmp_path / folder).mkdir()
    expected = run_natively(elf, [], {}, b"", tmp_path / "native")
    here = run_here(elf, [], {}, b"", tmp_path / "here")
    assert here.stdout.decode().splitlines() == expected.stdout.decode().splitlines()
    assert here == expected
    assert expected.status == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "trick_snapshot_process"])
def test_the_faults_a_program_counts_are_those_of_the_log(name: str, play: Callable[[str], Played]) -> None:
    played = play(name)
    counted = sum(number for (number,) in played.figures("faults handled: #"))
    faults = [fault for fault in played.lab.events.faults if fault.result in ("protection", "no_mapping")]
    unhandled = played.lab.events.of("process_exited").where(lambda event: event.signal == SIGSEGV)
    assert counted == len(played.delivered()) == len(faults) - len(unhandled) > 0


@pytest.mark.parametrize("name", NAMES)
def test_half_the_frames_change_nothing(name: str, tmp_path: Path) -> None:
    elf = compile_program(name, tmp_path)
    with vmlab.Lab(ram="32 MiB") as roomy:
        expected = roomy.spawn(elf)
        assert roomy.run(budget=500_000_000).reason == "exited"
        frames = roomy.counters.peak_frames // 2
        with vmlab.Lab(ram="32 MiB", frames=frames, swap="16 MiB", replacement="clock") as lab:
            process = lab.spawn(elf)
            assert lab.run(budget=500_000_000).reason == "exited"
            lab.check()
            assert (process.exit_status, process.stdout) == (expected.exit_status, expected.stdout)
            assert lab.counters.pages_evicted > 0


def test_the_write_barrier_faults_once_a_page_and_collection(play: Callable[[str], Played]) -> None:
    played = play("trick_write_barrier")
    region = played.region(16)
    whole = [
        event.index
        for event in played.lab.events.of("mapping_protected")
        if (event.start, event.end, event.protection) == (region.start, region.stop, READ)
    ]
    assert len(whole) == 5
    faults = played.refused_in(region)
    assert {fault.access for fault in faults} == {"write"}
    remembered = [
        [page_in(region, fault) for fault in faults if begin < fault.index < end] for begin, end in pairwise(whole)
    ]
    assert [len(pages) for pages in remembered] == [len(set(pages)) for pages in remembered]
    assert [len(pages) for pages in remembered] == [scanned for scanned, _ in played.figures("scanned # pages of #")]


def test_the_read_barrier_and_the_collector_scan_each_page_once(play: Callable[[str], Played]) -> None:
    played = play("trick_read_barrier")
    region = played.region(48)
    pages = [page_in(region, fault) for fault in played.refused_in(region)]
    assert len(pages) == len(set(pages))
    ((scanned, by_collector),) = played.figures("pages scanned: #, by the collector #")
    assert len(pages) == scanned - by_collector
    assert by_collector > 0


def test_a_checkpoint_copies_at_the_first_write(play: Callable[[str], Played]) -> None:
    played = play("trick_checkpoint")
    faults = played.refused_in(played.region(24))
    assert {fault.access for fault in faults} == {"write"}
    assert len(faults) == sum(copied for copied, _ in played.figures("pages copied # of #"))
    assert played.calls("pwrite64") == 3 * 24


def test_an_incremental_checkpoint_writes_dirty_pages_alone(play: Callable[[str], Played]) -> None:
    played = play("trick_incremental_checkpoint")
    saved = played.figures("# pages, # faults")
    assert all(pages == faults for pages, faults in saved)
    assert sum(call.name == "write" and call.arguments[2] > PAGE for call in played.lab.events.syscalls) == sum(
        pages for pages, _ in saved
    )


def test_a_guard_page_never_has_a_frame(play: Callable[[str], Played]) -> None:
    played = play("trick_guard_pages")
    added = played.lab.events.of("mapping_added", pid=1)
    guarded = [range(event.start, event.end) for event in added if event.protection == NONE]
    assert len(guarded) == 5
    guards = {page for region in guarded for page in (region.start, region.stop - PAGE)}
    found = [fault for fault in played.lab.events.faults if int(fault.page) in guards]
    assert len(found) == 8  # and two of a freed block
    assert {fault.result for fault in found} == {"protection"}
    assert not guards & set(played.process.page_table)


@pytest.mark.parametrize(
    ("name", "pages", "frames"),
    [("trick_user_pager", 64, 8), ("trick_object_database", 40, 10), ("trick_compressed_paging", 32, 6)],
)
def test_frames_stay_bounded(name: str, pages: int, frames: int, tmp_path: Path) -> None:
    most, stops = most_pages_present(name, pages, tmp_path)
    assert most == frames
    assert stops > pages


def test_the_user_level_pager_reads_and_writes_what_it_says(play: Callable[[str], Played]) -> None:
    played = play("trick_user_pager")
    page_ins, page_outs, write_backs = played.figures("pages in #, out #, written #")[-1]
    ((noted, dirtied),) = played.figures("references noted #, made dirty #")
    assert (played.calls("pread64"), played.calls("madvise")) == (page_ins, page_outs)
    assert played.calls("pwrite64") == write_backs
    # A store that brings its page in is one fault for both, and so is one that is noted as a reference.
    faults = played.refused_in(played.region(64))
    assert page_ins + noted <= len(faults) <= page_ins + noted + dirtied


def test_a_sparse_array_takes_the_frames_of_what_was_touched(play: Callable[[str], Played]) -> None:
    played = play("trick_sparse_array")
    faults = played.refused_in(played.region(16384))
    pages = {int(fault.page) for fault in faults}
    assert len(pages) == len(faults) == played.figure("faults handled: #")
    assert pages_present(played.process, played.region(16384)) == len(pages)


@pytest.mark.parametrize("name", ["trick_skip_instruction", "trick_emulated_device"])
def test_skipping_goes_on_behind_the_instruction(name: str, play: Callable[[str], Played]) -> None:
    played = play(name)
    faults = [fault for fault in played.lab.events.faults if fault.result == "protection"]
    ends = [event.eip for event in played.lab.events.of("signal_returned")]
    for fault, end in zip(faults, ends, strict=True):
        assert fault.eip is not None
        assert fault.instruction is not None
        assert end == fault.eip + fault.instruction.length


def test_a_step_follows_each_fault_of_a_protected_page(play: Callable[[str], Played]) -> None:
    played = play("trick_subpage_protection")
    signals = [event.signal for event in played.lab.events.of("signal_delivered")]
    assert signals == [SIGSEGV, SIGTRAP] * (len(signals) // 2)
    region = played.region(1)
    writes = [int(fault.address) - region.start for fault in played.refused_in(region) if fault.access == "write"]
    assert len([at for at in writes[:256] if at // 64 in (3, 40)]) == 8


def test_the_nodes_of_a_distributed_memory_fault_by_their_states(play: Callable[[str], Played]) -> None:
    played = play("trick_distributed_memory")
    told = {
        name: tuple(map(int, numbers))
        for name, *numbers in re.findall(
            r"(first|second): states \w+, read faults (\d+), write faults (\d+), pages received (\d+)", played.text
        )
    }
    for name, pid in (("first", 1), ("second", 2)):
        faults = [fault for fault in played.lab.events.of("fault", pid=pid).faults if fault.result == "protection"]
        accesses = [fault.access for fault in faults]
        assert told[name][:2] == (accesses.count("read"), accesses.count("write"))
    second, first = re.findall(r"states (\w+)", played.text)
    assert first.translate(str.maketrans("MI", "IM")) == second  # where one is Modified the other is Invalid


def test_pages_that_are_cold_are_compressed(play: Callable[[str], Played]) -> None:
    played = play("trick_compressed_paging")
    ((_, compressions, _, kept),) = played.figures("sum #, compressions #, expansions #, copies kept #")
    assert played.calls("madvise") == compressions + kept


def test_the_handler_runs_beside_the_stack_that_it_makes(play: Callable[[str], Played]) -> None:
    played = play("trick_stack_growth")
    stack = played.region(32)
    assert all(event.frame not in stack for event in played.delivered())
    assert pages_present(played.process, stack) == 31  # all but the guard


def test_copy_on_write_in_user_space_copies_what_it_says(play: Callable[[str], Played]) -> None:
    played = play("trick_copy_on_write")
    ((frames, copies, upgrades),) = played.figures("at the end: frames #, copies #, made writable #")
    assert played.calls("pwrite64") == copies == frames - 8
    assert len(played.delivered()) == copies + upgrades


def test_a_commit_writes_the_write_set(play: Callable[[str], Played]) -> None:
    played = play("trick_persistent_store")
    assert played.calls("pwrite64") == played.figures("pages committed #")[-1][0]


def test_the_trace_is_what_the_policy_is_simulated_with(play: Callable[[str], Played]) -> None:
    played = play("trick_access_trace")
    region = played.region(16)
    pages = [page_in(region, fault) for fault in played.refused_in(region)]
    references = [count for (count,) in played.figures("references #")]
    pages = pages[-sum(references) :]  # those before filled the matrix
    told = iter(played.figures("LRU with # frames: # misses"))
    for count in references:
        trace, pages = pages[:count], pages[count:]
        for frames in (2, 4, 8, 16):
            assert next(told) == (frames, vmlab.simulate(trace, frames=frames, policy="lru").misses)


def test_a_snapshot_process_makes_the_kernel_copy_what_is_written(play: Callable[[str], Played]) -> None:
    played = play("trick_snapshot_process")
    region = played.region(40)
    faults = [fault for fault in played.lab.events.of("fault", pid=1).faults if int(fault.address) in region]
    assert [fault.result for fault in faults].count("copy_up") == 10 + 20 + 40


def test_code_comes_at_its_first_call(play: Callable[[str], Played]) -> None:
    played = play("trick_demand_code")
    faults = played.refused_in(played.region(8))
    ((fetches, loads),) = played.figures("by a fetch #, by a load #")
    accesses = [fault.access for fault in faults]
    assert (accesses.count("fetch"), accesses.count("read")) == (fetches, loads)
    assert all(fault.eip == fault.address for fault in faults if fault.access == "fetch")


def test_a_lazy_heap_has_what_was_touched(play: Callable[[str], Played]) -> None:
    played = play("trick_lazy_sbrk")
    heap = played.region(256)
    faults = played.refused_in(heap, pid=1)
    assert [page_in(heap, fault) for fault in faults] == [0, 20, 40, 60, 80, 100, 80]
    there = [(address - heap.start) // PAGE for address in played.process.page_table if address in heap]
    assert sorted(there) == [0, 20, 40, 80]  # what is above was given back, and 80 touched again


def test_what_is_told_of_a_device_never_was_in_memory(play: Callable[[str], Played]) -> None:
    played = play("trick_emulated_device")
    device = played.region(1)
    assert len(played.refused_in(device)) == played.figure("faults handled: #")
    assert pages_present(played.process, device) == 0
