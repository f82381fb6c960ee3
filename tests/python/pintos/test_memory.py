# SPDX-License-Identifier: GPL-2.0-only
"""Project 3: stacks that grow, mapped files, and more memory than frames."""

from pathlib import Path

import pytest
from tests.python.pintos.machine import run, whole

REFUSALS = """\
empty: refused
not open: refused
keyboard: refused
console: refused
address 0: refused
misaligned: refused
over code: refused
over data: refused
over the stack: refused
kernel: refused
free: mapped
over its first page: refused
over its last page: refused
into it from below: refused
behind it: mapped
free again: mapped
"""

SHARING = """\
closed: 'word', behind the end 0
text: 'WORD and mor'
behind the end 0, filesize 20
remove 1
removed: 'WORD'
open -1
"""


@pytest.mark.parametrize(
    ("case", "text"),
    [("local", "128\n"), ("pusha", ""), ("below-32", ""), ("read", "4\n")],
)
def test_the_stack_grows(case: str, text: str, tmp_path: Path) -> None:
    ended = run(tmp_path, "stack", case)
    assert ended.console == whole("stack", text + "came back\n", 0, case)
    assert any(result == "stack_grow" for _, result in ended.faults)


def test_the_kernel_touches_the_stack_first(tmp_path: Path) -> None:
    """A page in the middle of a local array, above ESP; the other one was for the arguments."""
    ended = run(tmp_path, "stack", "read")
    assert [result for address, result in ended.kernel_faults if address > 0x40000000] == ["zero_fill", "zero_fill"]


@pytest.mark.parametrize("case", ["below-33", "below-page"])
def test_the_stack_does_not_grow_farther_than_esp_reaches(case: str, tmp_path: Path) -> None:
    ended = run(tmp_path, "stack", case)
    assert ended.exit_status == -1
    assert ended.faults[-1][1] == "no_mapping"
    assert ended.lines[1].startswith("Page fault at 0xbf")


def test_the_kernel_grows_no_stack_below_esp(tmp_path: Path) -> None:
    assert run(tmp_path, "stack", "read-below").console == whole("stack", "", -1, "read-below")


def test_the_stack_has_eight_megabytes(tmp_path: Path) -> None:
    enough = {"ram": "16 MiB", "frames": 3000}
    seven = run(tmp_path, "stack", "seven-megabytes", **enough)
    assert seven.console.removeprefix("Pintos booting with 16,384 kB RAM...\n") == whole(
        "stack", "3584\ncame back\n", 0, "seven-megabytes"
    ).removeprefix("Pintos booting with 4,096 kB RAM...\n")
    nine = run(tmp_path, "stack", "nine-megabytes", **enough)
    assert nine.exit_status == -1


def test_who_gets_no_frame_ends_with_minus_one(tmp_path: Path) -> None:
    ended = run(tmp_path, "stack", "seven-megabytes")
    assert ended.console == whole("stack", "", -1, "seven-megabytes")
    assert ended.faults[-1][1] == "out_of_memory"


def test_what_mmap_refuses(tmp_path: Path) -> None:
    assert run(tmp_path, "mappings", "refusals").console == whole("mappings", REFUSALS, 0, "refusals")


def test_mapped_files_outlive_close_and_remove(tmp_path: Path) -> None:
    ended = run(tmp_path, "mappings", "sharing")
    assert ended.console == whole("mappings", SHARING, 0, "sharing")
    assert ended.counters.pages_written_back == 1


def test_mapped_files_are_written_at_the_end_however_it_comes(tmp_path: Path) -> None:
    ended = run(tmp_path, "mappings", "exit")
    said = [line for line in ended.lines if line.startswith(("text", "wait", "not inherited", "Page fault"))]
    assert said == [
        "wait 0",
        "text: 'exit and mor'",
        "Page fault at 0x10000000: not present error reading page in user context.",
        "not inherited: wait -1",
        "Page fault at 0: not present error writing page in user context.",
        "wait -1",
        "text: 'cras and mor'",
    ]
    assert ended.counters.pages_written_back == 2


def test_only_dirty_pages_are_written(tmp_path: Path) -> None:
    ended = run(tmp_path, "mappings", "only-dirty")
    assert ended.counters.pages_written_back == 1


def test_unmapped_is_gone(tmp_path: Path) -> None:
    ended = run(tmp_path, "mappings", "unmapped")
    assert ended.faults[-1] == (0x10000000, "no_mapping")
    assert ended.exit_status == -1


def test_more_memory_than_frames_is_swapped(tmp_path: Path) -> None:
    ended = run(tmp_path, "memory", "600")
    assert ended.exit_status == 0
    assert ended.counters.peak_frames == 367
    assert ended.counters.pages_swapped_out > 600


def test_processes_swap_each_other(tmp_path: Path) -> None:
    ended = run(tmp_path, "memory", "200", "0", "4")
    assert ended.exit_status == 0
    assert ended.counters.pages_swapped_out > 0
    assert ended.lines.count("memory: exit(0)") == 5
