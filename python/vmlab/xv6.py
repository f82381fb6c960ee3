# SPDX-License-Identifier: GPL-2.0-only
"""Functions of xv6's kernel by the names that the lecture has for them, called from outside on a process of a lab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vmlab import _core
from vmlab.address import PAGE_SIZE, Address
from vmlab.arguments import check_address, check_range
from vmlab.views.page_table import flags_in_words

if TYPE_CHECKING:
    from vmlab.explain import Explanation
    from vmlab.lab_views import LabViews
    from vmlab.process import Process

__all__ = ["KERNBASE", "KernelMapping", "TableEntry", "Xv6"]

KERNBASE = 0x80000000
_LARGE_PAGE = 1 << 22
_PRESENT, _WRITABLE, _USER = 1, 2, 4
_WORD = 1 << 32


@dataclass(frozen=True)
class TableEntry:
    """What walkpgdir() points at: an entry of a second-level table, where the kernel sees it, and its bits."""

    address: Address
    bits: int

    @property
    def flags(self) -> str:
        return flags_in_words(self.bits)


@dataclass(frozen=True)
class KernelMapping:
    """One row of what setupkvm() maps: from `virtual` on the physical addresses from `start` to `end`."""

    virtual: Address
    start: Address
    end: Address
    writable: bool
    user: bool


class Xv6:
    """What xv6's kernel calls to set up a process's memory. Each function does to the process what xv6's does to a page
    directory, and returns what that returns; a call is in the journal as everything that changes a run.

    switchuvm() and lcr3() are no functions here: each is an event `context_switch`, which has the new CR3, or a step of
    exec_steps().
    """

    def __init__(self, lab: LabViews, core: Callable[[], _core.LabCore]) -> None:
        self._lab = lab
        self._ask = core

    def sz(self, process: Process) -> Address:
        """The end of the process's memory."""
        return Address(self._ask().xv6_size(process.pid))

    def walkpgdir(self, process: Process, va: int, alloc: bool = False) -> TableEntry | None:
        """The entry of the second-level table for an address; None when there is no table, and with `alloc` no frame
        for one."""
        check_address(va)
        if va >= KERNBASE:
            raise ValueError(f"{va:#x} is the kernel's: its pages have 4 MB and no second-level table")
        found = self._entry(process, va)
        if found is None and alloc and self._ask().xv6_ensure_table(process.pid, va):
            found = self._entry(process, va)
        return found

    def _entry(self, process: Process, va: int) -> TableEntry | None:
        steps = process.walk(va).steps
        return TableEntry(Address(KERNBASE + steps[1].address), steps[1].bits) if len(steps) > 1 else None

    def mappages(self, process: Process, va: int, size: int, pa: int, perm: int) -> int:
        """Maps the pages that hold the bytes from va on to the frames from the physical address pa on, which are from
        kalloc(); perm is of the bits PTE_W (2) and PTE_U (4). Returns 0, or -1 without a frame for a page table."""
        for name, value in (("va", va), ("size", size), ("pa", pa), ("perm", perm)):
            if not 0 <= value < _WORD:
                raise ValueError(f"mappages({name}={value}): an int of 32 bits")
        return self._ask().xv6_mappages(process.pid, va, size, pa, perm)

    def kalloc(self) -> Address:
        """A frame, by the address where the kernel sees it: KERNBASE more than its physical one. 0 without one."""
        return Address(self._ask().xv6_kalloc())

    def kfree(self, page: int) -> None:
        """Gives a frame of kalloc() back, filled with ones. ValueError where xv6 stops with a panic."""
        check_address(page)
        self._ask().xv6_kfree(page)

    def freelist(self) -> list[Address]:
        """The free pages in the order in which kalloc() hands them out, where the kernel sees them. The first word of
        each is the link to the next, and these links are followed here."""
        pages = []
        page = self._ask().xv6_link_free_pages()
        while page:
            pages.append(Address(page))
            page = int.from_bytes(self.peek(page, 4), "little")
        return pages

    def peek(self, address: int, size: int) -> bytes:
        """Bytes of RAM where the kernel sees them, from KERNBASE on. Free pages hold their links as freelist() found
        them."""
        check_range(address, size)
        return self._ask().xv6_peek(address, size)

    def allocuvm(self, process: Process, oldsz: int, newsz: int) -> int:
        """Maps fresh pages for the addresses from oldsz to newsz; `sz` stays. Returns newsz, or 0 without memory."""
        return self._ask().xv6_allocuvm(process.pid, oldsz % _WORD, newsz % _WORD)

    def deallocuvm(self, process: Process, oldsz: int, newsz: int) -> int:
        """Takes the pages between newsz and oldsz away; `sz` stays. Returns the new size."""
        return self._ask().xv6_deallocuvm(process.pid, oldsz % _WORD, newsz % _WORD)

    def growproc(self, process: Process, n: int) -> int:
        """Moves `sz` by n bytes, as the system call sbrk does. Returns 0, or -1 when it cannot."""
        if not -(1 << 31) <= n < 1 << 31:
            raise ValueError(f"growproc(n={n}): n is an int of 32 bits")
        return self._ask().xv6_growproc(process.pid, n)

    def loaduvm(self, process: Process, va: int, path: str, offset: int, sz: int) -> int:
        """Copies bytes of a file of the guest's into mapped memory. Returns 0, or -1 when the file ends before."""
        if va % PAGE_SIZE:
            raise ValueError(f"loaduvm(va={va:#x}): xv6 stops with a panic where the address is not that of a page")
        content = self._lab.files[path].read_bytes()[offset : offset + sz]
        process.write(va, content)
        return 0 if len(content) == sz else -1

    def setupkvm(self, process: Process) -> list[KernelMapping]:
        """What every page directory has of the kernel, as this process's has it: neighbouring pages in one row."""
        rows: list[KernelMapping] = []
        for va in range(KERNBASE, _WORD, _LARGE_PAGE):
            bits = process.walk(va).steps[0].bits
            if not bits & _PRESENT:
                continue
            start = bits & ~(_LARGE_PAGE - 1)
            rights = bool(bits & _WRITABLE), bool(bits & _USER)
            last = rows[-1] if rows else None
            goes_on = last is not None and last.end == start and last.virtual + (start - last.start) == va
            if last is not None and goes_on and (last.writable, last.user) == rights:
                start, va = last.start, last.virtual
                rows.pop()
            end = (bits & ~(_LARGE_PAGE - 1)) + _LARGE_PAGE
            rows.append(KernelMapping(Address(va), Address(start), Address(end), *rights))
        return rows

    def exec_steps(self, process: Process) -> Explanation:
        """The steps of the exec() that gave the process its program, by their names, with what each did. Ask before the
        program changes its stack."""
        from vmlab.xv6_exec import exec_steps

        return exec_steps(self._lab, process)
