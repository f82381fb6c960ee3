# SPDX-License-Identifier: GPL-2.0-only
"""A second page-table walker, written plainly from the manual, and a fuzz of the Mmu against it.

    python -m tests.differential.walker --count 100000 --seed 1

Source: Intel SDM vol. 3, chapter 4: 32-bit paging (4.3), access rights (4.6), error codes (4.7), A and D (4.8).
Differences from the manual by design: reserved bits of entries are not looked at, so that no error code has RSVD; there
are no global pages; and what lies outside RAM is a bus error that leaves A and D alone, where a processor would read
something from an empty bus.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vmlab import _core

FRAMES = 16
RAM_BYTES = FRAMES * 4096
P, W, U, A, D, PS = 0x01, 0x02, 0x04, 0x20, 0x40, 0x80


@dataclass(frozen=True)
class Access:
    """One access, and the processor's state that matters to it."""

    cr3: int
    address: int
    kind: str  # "read", "write", "fetch"
    user: bool
    cr0_wp: bool
    cr4_pse: bool


@dataclass(frozen=True)
class Outcome:
    """ "ok" with the physical address, "page_fault" with the error code, or "bus_error"."""

    end: str
    physical: int = 0
    error: int = 0


Walker = Callable[[bytearray, Access], Outcome]


def plain_walk(ram: bytearray, access: Access) -> Outcome:
    """What the manual says becomes of an access; sets A and D in `ram`."""
    write = access.kind == "write"
    error = (W if write else 0) | (U if access.user else 0)

    # 4.3: the PDE's address has CR3's bits 31:12 and the linear address's bits 31:22.
    pde_at = access.cr3 & 0xFFFFF000 | (access.address >> 22) << 2
    if pde_at >= len(ram):
        return Outcome("bus_error")
    pde = _entry(ram, pde_at)
    if not pde & P:
        return Outcome("page_fault", error=error)

    if pde & PS and access.cr4_pse:
        leaf_at, rights = pde_at, pde
        physical = pde & 0xFFC00000 | access.address & 0x003FFFFF
    else:
        leaf_at = pde & 0xFFFFF000 | (access.address >> 12 & 0x3FF) << 2
        if leaf_at >= len(ram):
            return Outcome("bus_error")
        pte = _entry(ram, leaf_at)
        if not pte & P:
            return Outcome("page_fault", error=error)
        # 4.6: a user-mode or writable address is one where every entry says so.
        rights = pde & pte
        physical = pte & 0xFFFFF000 | access.address & 0xFFF

    if access.user:
        allowed = bool(rights & U) and (not write or bool(rights & W))
    else:
        allowed = not write or bool(rights & W) or not access.cr0_wp
    if not allowed:
        return Outcome("page_fault", error=error | P)
    if physical >= len(ram):
        return Outcome("bus_error")

    # 4.8: A in every entry that was used; D in the one that maps the page, on a write.
    _set(ram, pde_at, A)
    _set(ram, leaf_at, A | (D if write else 0))
    return Outcome("ok", physical=physical)


def _entry(ram: bytearray, at: int) -> int:
    return int.from_bytes(ram[at : at + 4], "little")


def _set(ram: bytearray, at: int, bits: int) -> None:
    ram[at : at + 4] = (_entry(ram, at) | bits).to_bytes(4, "little")


@dataclass(frozen=True)
class Mismatch:
    """An access on which the two disagree."""

    number: int
    access: Access
    expected: Outcome
    actual: Outcome
    ram_differs_at: int | None


def fuzz(count: int, seed: int, walker: Walker = plain_walk) -> tuple[Counter[str], list[Mismatch]]:
    """Compares `count` accesses; how often each outcome came, and the mismatches."""
    generator = random.Random(seed)
    machine = _core.MachineCore.scripted(RAM_BYTES, [])
    ram = memoryview(machine)
    seen: Counter[str] = Counter()
    mismatches: list[Mismatch] = []
    number = 0
    while number < count:
        image, accesses = _scenario(generator)
        ram[:] = image
        for access in accesses:
            expected = walker(image, access)
            actual = _translate(machine, access)
            differs_at = None if ram == image else next(at for at in range(RAM_BYTES) if ram[at] != image[at])
            if expected != actual or differs_at is not None:
                mismatches.append(Mismatch(number, access, expected, actual, differs_at))
                image[:] = ram
            seen[f"{expected.end} {expected.error}" if expected.end == "page_fault" else expected.end] += 1
            number += 1
    return seen, mismatches


def _scenario(generator: random.Random) -> tuple[bytearray, Iterator[Access]]:
    """Tables that hold a few random entries, and accesses that mostly go through them."""
    image = bytearray(RAM_BYTES)
    cr3 = generator.choice([0x1000, 0x1018, 0x3000, *[0x3000] * 9, RAM_BYTES])
    pages = [generator.randrange(1 << 20) << 12 for _ in range(3)]
    for page in pages:
        table = generator.choice([0x2000, *[0x4000] * 8, 0x5000, cr3 & 0xF000, RAM_BYTES + 0x1000])
        pde = (generator.randrange(0x200) & ~P if generator.random() < 0.1 else _flags(generator)) | table
        if generator.random() < 0.25:
            pde = pde & 0xFFF | PS | generator.choice([0, 0, 0x00400000])
        if cr3 < RAM_BYTES:
            _put(image, cr3 & 0xFFFFF000 | (page >> 22) << 2, pde)
        if table < RAM_BYTES:
            frame = generator.randrange(FRAMES + 2) << 12
            _put(image, table | (page >> 12 & 0x3FF) << 2, frame | (_flags(generator) & ~PS))
    return image, (_access(generator, cr3, pages) for _ in range(12))


def _flags(generator: random.Random) -> int:
    """Present mostly; writable, user, and the bits that no rule reads, at random."""
    present = P if generator.random() < 0.9 else 0
    return present | generator.choice([0, W, U, W | U, W | U]) | (generator.randrange(0x1000) & 0xF78 & ~PS)


def _put(image: bytearray, at: int, entry: int) -> None:
    image[at : at + 4] = entry.to_bytes(4, "little")


def _access(generator: random.Random, cr3: int, pages: list[int]) -> Access:
    page = generator.choice(pages)
    # Low pages of a 4 MB page lie in RAM; so do those that a random page shares its directory entry with.
    address = generator.choice([page, page, page & 0xFFC00000 | generator.randrange(FRAMES) << 12])
    return Access(
        cr3=cr3,
        address=address | generator.randrange(4096),
        kind=generator.choice(["read", "write", "fetch"]),
        user=generator.random() < 0.6,
        cr0_wp=generator.random() < 0.5,
        cr4_pse=generator.random() < 0.8,
    )


def _translate(machine: _core.MachineCore, access: Access) -> Outcome:
    wp, pse = _core.WriteProtect, _core.LargePages
    machine.write_protect = wp.SUPERVISOR_TOO if access.cr0_wp else wp.USER_ONLY
    machine.large_pages = pse.ENABLED if access.cr4_pse else pse.DISABLED
    machine.cr3 = access.cr3
    kind = _core.Access[access.kind.upper()]
    privilege = _core.Privilege.USER if access.user else _core.Privilege.SUPERVISOR
    answer = machine.translate(access.address, kind, privilege)
    if answer.end == _core.TranslateEnd.OK:
        return Outcome("ok", physical=answer.frame << 12 | access.address & 0xFFF)
    if answer.end == _core.TranslateEnd.PAGE_FAULT:
        return Outcome("page_fault", error=answer.error)
    return Outcome("bus_error")


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the Mmu with a walker written from the manual.")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seen, mismatches = fuzz(options.count, options.seed)
    print(", ".join(f"{outcome}: {times}" for outcome, times in sorted(seen.items())))
    for mismatch in mismatches[:10]:
        print(mismatch)
    print(f"{sum(seen.values())} accesses, {len(mismatches)} mismatches")
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
