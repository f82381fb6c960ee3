# SPDX-License-Identifier: GPL-2.0-only
"""Page references, as `[0, "r1", "w2"]`, and a program that makes them, built by hand without a compiler."""

from __future__ import annotations

import operator
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from vmlab.address import PAGE_SIZE

__all__ = ["BASE", "SEGMENT_OWN_FRAMES", "SEGMENT_WIRED", "PageReference", "parse_references", "touch_elf"]

TEXT = 0x08048000
BASE = 0x10000000
_MOST_REFERENCES = 1 << 22
_HIGHEST = 0xB0000000  # what is above belongs to the stack and to the kernel

# A bit of p_flags that the ELF standard leaves to operating systems (PF_MASKOS): the segment's pages are to be in
# memory before the program starts and to stay there, so that its only page faults are the references. Others ignore it.
SEGMENT_WIRED = 0x00100000
# The other one: each page that is read takes a frame of its own, as in the textbooks' reference strings, instead of
# sharing the frame of zeros.
SEGMENT_OWN_FRAMES = 0x00200000

_PT_LOAD, _PT_GNU_STACK = 1, 0x6474E551
_PF_X, _PF_W, _PF_R = 1, 2, 4
_FILE_HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
_SEGMENT_HEADER = struct.Struct("<8I")


@dataclass(frozen=True)
class PageReference:
    """One use of a page: read, or written."""

    page: int
    write: bool

    def __str__(self) -> str:
        return f"{'w' if self.write else 'r'}{self.page}"


def parse_references(references: Iterable[int | str | PageReference]) -> list[PageReference]:
    """Each reference is a page number, read; or "r3" or "w3", page 3 read or written."""
    if isinstance(references, (str, bytes)):
        raise TypeError(f'references are a list such as [0, "r1", "w2"], not one text: {references!r}')
    return [_parse(reference) for reference in references]


def _parse(reference: object) -> PageReference:
    if isinstance(reference, PageReference):
        return reference
    if isinstance(reference, str):
        match = re.fullmatch(r"([rw])([0-9]+)", reference)
        if match is None:
            raise ValueError(f'a reference is written "r3" or "w3", to read or write page 3, not {reference!r}')
        return PageReference(int(match[2]), match[1] == "w")
    if isinstance(reference, bool):
        raise TypeError(f'a reference is a page number, "r3" or "w3", not {reference!r}')
    try:
        page = operator.index(reference)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f'a reference is a page number, "r3" or "w3", not {reference!r}') from None
    if page < 0:
        raise ValueError(f"a page number is 0 or more, not {page}")
    return PageReference(page, write=False)


def touch_elf(references: Iterable[int | str | PageReference], base: int) -> bytes:
    """An i386 Linux program that makes these references to the pages from `base` on, in order, and exits with 0."""
    parsed = parse_references(references)
    pages = 1 + max((reference.page for reference in parsed), default=-1)
    _check_room(base, pages, len(parsed))
    text = _FILE_HEADER.size + 3 * _SEGMENT_HEADER.size
    code = _code(TEXT + text, len(parsed))
    table = struct.pack(f"<{len(parsed)}I", *(base + use.page * PAGE_SIZE + use.write for use in parsed))
    size = text + len(code) + len(table)
    if base < TEXT + size and base + pages * PAGE_SIZE > TEXT:
        raise ValueError(f"the pages from base={base:#x} on would overlap the program's own text at {TEXT:#x}")
    loaded = sorted(
        [
            (TEXT, size, size, _PF_R | _PF_X | SEGMENT_WIRED),
            (base, 0, pages * PAGE_SIZE, _PF_R | _PF_W | SEGMENT_OWN_FRAMES),
        ]
    )
    headers = b"".join(_segment(_PT_LOAD, *fields) for fields in loaded)
    headers += _segment(_PT_GNU_STACK, 0, 0, 0, _PF_R | _PF_W | SEGMENT_WIRED)
    return _file_header(TEXT + text) + headers + code + table


def _check_room(base: int, pages: int, count: int) -> None:
    if base % PAGE_SIZE != 0 or not PAGE_SIZE <= base < _HIGHEST:
        raise ValueError(
            f"base must be a multiple of {PAGE_SIZE} from {PAGE_SIZE:#x} up to {_HIGHEST:#x}, not {base:#x}"
        )
    room = (_HIGHEST - base) // PAGE_SIZE
    if pages > room:
        raise ValueError(f"page {pages - 1} is too high: from base={base:#x} on there is room for {room} pages")
    if count > _MOST_REFERENCES:
        raise ValueError(f"{count} references are too many for one program: at most {_MOST_REFERENCES}")


def _code(address: int, count: int) -> bytes:
    """Walks the table that follows the code; an odd entry is a page to write, an even one a page to read."""
    size = 36
    table = address + size
    code = (
        b"\xbe" + struct.pack("<I", table),  #                  mov esi, table
        b"\x81\xfe" + struct.pack("<I", table + 4 * count),  #  next: cmp esi, end of the table
        b"\x74\x0e",  #                                         je done
        b"\xad",  #                                             lodsd
        b"\xa8\x01",  #                                         test al, 1
        b"\x75\x04",  #                                         jnz write
        b"\x8b\x10",  #                                         mov edx, [eax]
        b"\xeb\xef",  #                                         jmp next
        b"\x48",  #                                             write: dec eax
        b"\x89\x30",  #                                         mov [eax], esi
        b"\xeb\xea",  #                                         jmp next
        b"\xb8\x01\x00\x00\x00",  #                             done: mov eax, 1 (exit)
        b"\x31\xdb",  #                                         xor ebx, ebx
        b"\xcd\x80",  #                                         int 0x80
    )
    assert sum(map(len, code)) == size
    return b"".join(code)


def _file_header(entry: int) -> bytes:
    identification = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    sizes = (_FILE_HEADER.size, _SEGMENT_HEADER.size, 3, 0, 0, 0)
    return _FILE_HEADER.pack(identification, 2, 3, 1, entry, _FILE_HEADER.size, 0, 0, *sizes)


def _segment(kind: int, address: int, file_size: int, memory_size: int, flags: int) -> bytes:
    return _SEGMENT_HEADER.pack(kind, 0, address, address, file_size, memory_size, flags, PAGE_SIZE)
