# SPDX-License-Identifier: GPL-2.0-only
"""The program of page references, which no compiler builds."""

import struct
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.python.toolchain.programs import require_native, run_program

from vmlab.page_references import BASE, SEGMENT_OWN_FRAMES, SEGMENT_WIRED, PageReference, parse_references
from vmlab.program import touch

PAGE = 4096
REFERENCES = st.lists(st.builds(PageReference, st.integers(0, 40), st.booleans()), max_size=60)


def segments(elf: bytes) -> list[tuple[int, ...]]:
    """type, offset, address, physical address, bytes in the file, bytes in memory, flags, alignment of each."""
    (count,) = struct.unpack_from("<H", elf, 44)
    return [struct.unpack_from("<8I", elf, 52 + 32 * index) for index in range(count)]


def observed(elf: bytes, base: int) -> list[PageReference]:
    """What the program does to the pages from `base` on, seen by the engine with flat memory."""
    import unicorn
    from unicorn import x86_const as x86

    engine = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_32)
    regions = [fields for fields in segments(elf) if fields[0] == 1 and fields[5] > 0]
    for _, offset, address, _, file_bytes, memory_bytes, _, _ in regions:
        engine.mem_map(address, -(-memory_bytes // PAGE) * PAGE)
        engine.mem_write(address, elf[offset : offset + file_bytes])
    end = max((fields[2] + fields[5] for fields in regions if fields[2] == base), default=base)
    seen: list[PageReference] = []
    endings: list[tuple[int, int, int]] = []

    def on_access(_: object, access: int, address: int, *rest: object) -> None:
        if base <= address < end:
            seen.append(PageReference((address - base) // PAGE, access == unicorn.UC_MEM_WRITE))

    def on_interrupt(_: object, number: int, __: object) -> None:
        endings.append((number, engine.reg_read(x86.UC_X86_REG_EAX), engine.reg_read(x86.UC_X86_REG_EBX)))
        engine.emu_stop()

    engine.hook_add(unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE, on_access)
    engine.hook_add(unicorn.UC_HOOK_INTR, on_interrupt)
    engine.emu_start(struct.unpack_from("<I", elf, 24)[0], 0)
    assert endings == [(0x80, 1, 0)], "exit(0) by Linux's convention"
    return seen


@settings(max_examples=60, deadline=None)
@given(REFERENCES)
def test_the_program_makes_just_these_references(references: list[PageReference]) -> None:
    assert observed(touch(references).elf, BASE) == references


def test_a_table_of_several_pages() -> None:
    references = [PageReference(n * 7 % 50, n % 3 == 0) for n in range(5000)]
    assert observed(touch(references, base=0x00400000).elf, 0x00400000) == references


def test_the_ways_to_write_a_reference() -> None:
    expected = [PageReference(3, False), PageReference(4, False), PageReference(5, True), PageReference(6, True)]
    assert parse_references([3, "r4", "w5", PageReference(6, True)]) == expected
    assert [str(reference) for reference in expected] == ["r3", "r4", "w5", "w6"]


@pytest.mark.parametrize("references", [[], [0], ["w0", "r1", 2], [50_000], ["w1"] * 3000], ids=lambda r: str(r[:3]))
def test_the_host_runs_it_too(references: list[int | str], tmp_path: Path) -> None:
    require_native()
    ending = run_program(touch(references), tmp_path)
    assert (ending.stdout, ending.stderr, ending.status) == (b"", b"", 0)


def test_the_region_is_zeroed_memory_and_text_and_stack_are_marked() -> None:
    text, region, stack = segments(touch(["w9"]).elf)
    assert (region[2], region[4], region[5], region[6]) == (BASE, 0, 10 * PAGE, 6 | SEGMENT_OWN_FRAMES)
    assert (text[0], text[6], stack[0], stack[6]) == (1, 5 | SEGMENT_WIRED, 0x6474E551, 6 | SEGMENT_WIRED)


def test_equal_references_make_equal_programs() -> None:
    assert touch([0, "w1"]) == touch(["r0", PageReference(1, True)])
    assert touch([0, "w1"]).sha256 != touch([0, "r1"]).sha256


@pytest.mark.parametrize(
    ("references", "error", "hint"),
    [
        ([-1], ValueError, "0 or more"),
        (["x1"], ValueError, '"r3" or "w3"'),
        (["w-1"], ValueError, '"r3" or "w3"'),
        (["w"], ValueError, '"r3" or "w3"'),
        ([1.5], TypeError, "page number"),
        ([True], TypeError, "page number"),
        ([None], TypeError, "page number"),
        ("w0 r1", TypeError, "list"),
        ([700_000], ValueError, "too high"),
    ],
)
def test_a_mistake_says_what_to_do(references: Iterable[int | str], error: type[Exception], hint: str) -> None:
    with pytest.raises(error, match=hint):
        touch(references)


@pytest.mark.parametrize("base", [0, 0x1001, 0xC0000000, 0x08048000, 0x08047000])
def test_a_base_that_cannot_be(base: int) -> None:
    with pytest.raises(ValueError, match="base"):
        touch([0, 1], base=base)
