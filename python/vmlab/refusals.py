# SPDX-License-Identifier: GPL-2.0-only
"""How a Workbench says that something cannot be done."""

from __future__ import annotations

from typing import NoReturn

from vmlab import _core

_HELP = {
    "invalid": "addresses and lengths are multiples of 4096, below 0xc0000000, and a length is not 0",
    "overlap": 'something is mapped there: unmap() it, or let placement="fixed" replace it',
    "not_mapped": "not all of the range is mapped, or it reaches past the end of a file: maps() shows what is",
    "no_page": "a file that is mapped there has ended before",
    "access_denied": "the mapping may not have such rights: protect() it first; a device keeps its own frames",
}


class AddressSpaceError(ValueError):
    """An address space cannot do what it was asked; `reason` is "invalid", "overlap", "not_mapped", "access_denied"."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {_HELP[reason]}")
        self.reason = reason


def refuse(what: str, error: _core.VmError) -> NoReturn:
    """Raise what an error of an address space is in Python."""
    if error in (_core.VmError.NO_MEMORY, _core.VmError.NO_TABLE):
        raise MemoryError(f"{what}: no frame or no room is left, or so much may not be promised")
    if error == _core.VmError.INPUT_OUTPUT:
        raise OSError(f"{what}: the disk failed")
    raise AddressSpaceError(what, error.name.lower())


def refuse_file(what: str, error: _core.FileError) -> NoReturn:
    """Raise what an error of a file is in Python."""
    if error == _core.FileError.NO_MEMORY:
        raise MemoryError(f"{what}: no frame is left")
    if error == _core.FileError.TOO_BIG:
        raise ValueError(f"{what}: a file ends below 4 GiB")
    raise OSError(f"{what}: the disk failed")


def require_number(number: int | None, what: str) -> int:
    """The number of what was made, unless there was no frame for it."""
    if number is None:
        raise MemoryError(f"{what}: no frame is left for it, or not the least working set")
    return number
