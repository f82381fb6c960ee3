# SPDX-License-Identifier: GPL-2.0-only
"""How systems divide 4 GiB of virtual addresses between the user and the kernel, whatever a program has mapped."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PLANS", "AddressPlan", "Region", "plan_named"]

GIB = 1 << 30
END = 4 * GIB


@dataclass(frozen=True)
class Region:
    """A part that has a name whatever is mapped."""

    start: int
    end: int  # one past the last address; 2**32 is possible
    name: str
    # "kernel"; "shown": the kernel's, and the user may read it; "reserved": nobody maps there; "unused": the user may.
    kind: str = "kernel"


@dataclass(frozen=True)
class AddressPlan:
    """One system's division. The regions lie in address order and do not overlap."""

    name: str
    title: str
    regions: tuple[Region, ...]
    marks: tuple[tuple[int, str], ...] = ()  # addresses that have a name in that system's sources

    def name_of(self, address: int) -> str | None:
        """What the system's sources call this address."""
        return next((name for place, name in self.marks if place == address), None)

    def kernel_at(self, start: int, end: int) -> Region | None:
        """The first region of the kernel's own that the range reaches into."""
        return next((r for r in self.regions if r.kind == "kernel" and r.start < end and start < r.end), None)


def _windows(name: str, title: str, system: int) -> AddressPlan:
    """Lecture 004 "Windows x86 Layout": 64 KiB at either end of the user's part take stray pointers."""
    return AddressPlan(
        name,
        title,
        (
            Region(0, 0x10000, "no access: null pointers", "reserved"),
            Region(system - 0x10000, system, "no access: stray pointers", "reserved"),
            Region(system, END, "system"),
        ),
    )


_PLANS = (
    # arch/x86/Kconfig: VMSPLIT_3G; mm/Kconfig: DEFAULT_MMAP_MIN_ADDR.
    AddressPlan(
        "linux",
        "Linux, 3G/1G",
        (Region(0, 0x10000, "not to be mapped", "reserved"), Region(3 * GIB, END, "kernel")),
        ((3 * GIB, "PAGE_OFFSET"),),
    ),
    # memlayout.h; lecture 001 "xv6 memory layout".
    AddressPlan(
        "xv6",
        "xv6",
        (
            Region(0x80000000, 0x80100000, "I/O space, 1:1"),
            Region(0x80100000, 0x8E000000, "kernel text, data and free memory, 1:1"),
            Region(0x8E000000, 0xFE000000, "nothing: above physical memory"),
            Region(0xFE000000, END, "memory-mapped devices"),
        ),
        (
            (0x80000000, "KERNBASE"),
            (0x80100000, "KERNLINK"),
            (0x8E000000, "KERNBASE + PHYSTOP"),
            (0xFE000000, "DEVSPACE"),
        ),
    ),
    # inc/memlayout.h "Virtual memory map".
    AddressPlan(
        "jos",
        "JOS",
        (
            Region(0x00200000, 0x00400000, "room for debugging tables", "unused"),
            Region(0x00800000, 0xEEBFD000, "room for program data and heap", "unused"),
            Region(0xEEBFD000, 0xEEBFE000, "room for the normal user stack", "unused"),
            Region(0xEEBFE000, 0xEEBFF000, "empty memory", "reserved"),
            Region(0xEEBFF000, 0xEEC00000, "room for the user exception stack", "unused"),
            Region(0xEEC00000, 0xEF000000, "read-only copies of Env structures", "shown"),
            Region(0xEF000000, 0xEF400000, "read-only copies of PageInfo structures", "shown"),
            Region(0xEF400000, 0xEF800000, "current page tables", "shown"),
            Region(0xEF800000, 0xEFC00000, "memory-mapped I/O"),
            Region(0xEFC00000, 0xF0000000, "kernel stacks of the processors"),
            Region(0xF0000000, END, "physical memory, mapped again"),
        ),
        (
            (0x00200000, "USTABDATA"),
            (0x00400000, "UTEMP"),
            (0x007FF000, "PFTEMP"),
            (0x00800000, "UTEXT"),
            (0xEEBFE000, "USTACKTOP"),
            (0xEEC00000, "UENVS = UTOP = UXSTACKTOP"),
            (0xEF000000, "UPAGES"),
            (0xEF400000, "UVPT"),
            (0xEF800000, "ULIM = MMIOBASE"),
            (0xEFC00000, "MMIOLIM"),
            (0xF0000000, "KERNBASE = KSTACKTOP"),
        ),
    ),
    # threads/vaddr.h.
    AddressPlan(
        "pintos",
        "Pintos",
        (Region(3 * GIB, END, "kernel: physical memory, 1:1"),),
        ((0x08048000, "where programs are linked"), (3 * GIB, "PHYS_BASE")),
    ),
    _windows("windows", "Windows, 2G/2G", 2 * GIB),
    _windows("windows-3g", "Windows, 3G/1G (/3GB)", 3 * GIB),
    # i386/include/vmparam.h and pmap.h of 4.4BSD.
    AddressPlan(
        "4.4bsd",
        "4.4BSD on i386",
        (
            Region(0xFDBFE000, 0xFDC00000, "user structure and kernel stack"),
            Region(0xFDC00000, 0xFE000000, "current page tables"),
            Region(0xFE000000, END, "kernel"),
        ),
        ((0xFDBFE000, "USRSTACK"), (0xFDC00000, "UPT_MIN_ADDRESS"), (0xFE000000, "KERNBASE")),
    ),
)
PLANS: dict[str, AddressPlan] = {plan.name: plan for plan in _PLANS}


def plan_named(name: str) -> AddressPlan:
    """ValueError, naming those there are, when there is none of this name.

    >>> plan_named("xv6").name_of(0x80000000)
    'KERNBASE'
    """
    if name not in PLANS:
        raise ValueError(f"there is no address plan {name!r}: choose one of {', '.join(PLANS)}")
    return PLANS[name]
