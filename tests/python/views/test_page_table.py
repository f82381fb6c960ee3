# SPDX-License-Identifier: GPL-2.0-only
"""Entries decoded, page tables as mappings, and their differences."""

import pickle

import pytest

from vmlab.address import Address
from vmlab.views.page_table import Entry, PageTable, flags_in_words

PDE = 0x3067


def table(*entries: tuple[int, int]) -> PageTable:
    return PageTable({page: Entry(Address(page), PDE, bits) for page, bits in entries}, Address(0x2000))


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        (0, "not present"),
        (0xFFFFFFFE, "not present"),
        (0x7067, "present writable user accessed dirty"),
        (0x7005, "present user"),
        (0x7021, "present accessed"),
    ],
)
def test_flags_in_words(bits: int, words: str) -> None:
    assert flags_in_words(bits) == words


@pytest.mark.parametrize(
    ("pde", "pte", "flags"),
    [
        (0x3007, 0x7067, "present writable user accessed dirty"),
        (0x3005, 0x7067, "present user accessed dirty"),
        (0x3003, 0x7067, "present writable accessed dirty"),
        (0x3006, 0x7067, "not present"),
    ],
)
def test_rights_of_both_levels_are_combined(pde: int, pte: int, flags: str) -> None:
    assert Entry(Address(0), pde, pte).flags == flags


def test_an_entry_that_copies_on_write() -> None:
    entry = Entry(Address(0x1000), PDE, 0x9025, cow=True)
    assert entry.flags == "present user accessed cow"
    assert (entry.frame, entry.writable) == (9, False)
    assert str(entry) == "0x00001000: present user accessed cow, frame 9"


def test_every_32_bit_address_has_an_answer() -> None:
    pages = table((0x08048000, 0x5067))
    assert pages[0x08048FFF].frame == 5
    assert pages[0].frame is None
    assert not pages[0xFFFFFFFF].present
    assert pages[0xFFFFFFFF].address == 0xFFFFF000
    for address in (-1, 1 << 32):
        with pytest.raises(ValueError, match="32-bit"):
            _ = pages[address]
    assert 0x08048123 in pages
    assert 0x08049000 not in pages
    assert 1 << 32 not in pages


def test_iteration_yields_present_pages() -> None:
    pages = table((0x1000, 0x5067), (0x2000, 0x6065))
    assert list(pages) == [0x1000, 0x2000]
    assert [entry.frame for entry in pages.values()] == [5, 6]
    assert len(pages) == 2
    assert str(pages).count("present") == 2


def test_a_difference_names_each_page_that_changed() -> None:
    before = table((0x1000, 0x5025), (0x2000, 0x6025), (0x3000, 0x7025))
    after = table((0x1000, 0x5025), (0x2000, 0x9067), (0x4000, 0x8067))
    changes = {change.address: str(change) for change in before.diff(after)}
    assert changes == {
        0x2000: "0x00002000: present user accessed, frame 6 -> present writable user accessed dirty, frame 9",
        0x3000: "0x00003000: present user accessed, frame 7 -> not present",
        0x4000: "0x00004000: not present -> present writable user accessed dirty, frame 8",
    }
    assert len(before.diff(before)) == 0
    assert "0x00002000" in str(before.diff(after))


def test_tables_compare_without_their_time() -> None:
    entries = {0x1000: Entry(Address(0x1000), PDE, 0x5067)}
    one, two = PageTable(entries, Address(0x2000), 10), PageTable(dict(entries), Address(0x2000), 20)
    assert one == two
    assert one != PageTable({}, Address(0x2000), 10)
    assert pickle.loads(pickle.dumps(one)) == two
