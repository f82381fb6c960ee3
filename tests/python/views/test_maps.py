# SPDX-License-Identifier: GPL-2.0-only
"""Mappings as /proc/PID/maps writes them."""

from vmlab.address import Address
from vmlab.views.maps import MapEntry, Maps, rights_in_letters

TEXT = MapEntry(Address(0x08048000), 0x0804A000, 5, False, "file", "/bin/story", 1, 0x1000, 1)
STACK = MapEntry(Address(0xBFFDF000), 0xC0000000, 3, False, "stack", "[stack]", 3, 0, 2)
TOP = MapEntry(Address(0xFFFFF000), 1 << 32, 3, True, "anonymous", "", 2, 0, 0)
MAPS = Maps((TEXT, STACK, TOP))


def test_rights_in_letters() -> None:
    assert [rights_in_letters(bits) for bits in (0, 1, 3, 5, 7)] == ["---", "r--", "rw-", "r-x", "rwx"]


def test_a_line_is_that_of_proc() -> None:
    assert str(TEXT) == "08048000-0804a000 r-xp 00001000 /bin/story"
    assert str(TOP) == "fffff000-100000000 rw-s 00000000"


def test_addresses_are_found() -> None:
    assert MAPS.find(0x08048000) == MAPS.find(0x08049FFF) == TEXT
    assert MAPS.find(0x0804A000) is None
    assert MAPS.find(0xFFFFFFFF) == TOP
    assert TEXT.pages == 2


def test_the_table_shows_each_mapping() -> None:
    html = MAPS._repr_html_()
    assert "/bin/story" in html
    assert "anonymous" in html
    assert "[stack]" in html
    assert str(MAPS).splitlines() == [str(TEXT), str(STACK), str(TOP)]
