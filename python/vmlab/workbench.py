# SPDX-License-Identifier: GPL-2.0-only
"""Workbench: the virtual memory alone, with no engine, no kernel and no guest: each access is a call from Python."""

from __future__ import annotations

from typing import NamedTuple

from vmlab import _core
from vmlab.address import PAGE_SIZE, Address
from vmlab.arguments import check_address, choice, unsigned
from vmlab.errors import InvariantError
from vmlab.event_schema import vocabularies
from vmlab.machine_parts import STALE_ENTRIES, TLB_TAGGING
from vmlab.process import vm_counts
from vmlab.refusals import AddressSpaceError, refuse, refuse_file, require_number
from vmlab.sizes import parse_size
from vmlab.views.counters import Counters
from vmlab.views.maps import Maps
from vmlab.views.objects import ChainLink
from vmlab.views.transfers import Transfer, disk_failure, transfers_of

__all__ = ["AddressSpaceError", "Touch", "Workbench"]

_Core = _core.WorkbenchCore

_NO_LIMIT = (1 << 32) - 1
_PLACEMENTS = {placement.name.lower(): placement for placement in _core.Placement}
_ADVICES = {advice.name.lower(): advice for advice in _core.Advice}


class Touch(NamedTuple):
    """What one access came to: the word, or None where it could not be, and how each fault on the way ended."""

    value: int | None
    faults: tuple[str, ...]


class Workbench:
    """The virtual memory without processes: address spaces and files go by numbers.

    ram, swap: bytes, or text such as "1 MiB". frames: how many pages that are not wired may be in memory.
    profile, and its fields as keywords: as for a Lab: `fork_entries="empty"`, `replacement="fifo"`, `low_watermark=4`.
    tlb: what loading CR3 does to the modelled TLB, "flush" or "tagged"; stale: whether a hit may answer from an entry
        that was not flushed, "ignored" or "honoured".
    stack_limit, stack_guard_gap: how far a stack grows by faults, and how far it keeps off what lies below it.

    ::

        bench = vmlab.Workbench(ram="256 KiB", frames=2, swap="64 KiB")
        parent = bench.create()
        page = bench.map(parent, 4096)
        bench.write(parent, page, 17).faults        # ('zero_fill',)
        child = bench.fork(parent)
        bench.write(child, page, 18).faults         # ('copy_up',)
        bench.read(parent, page).value              # 17
        bench.check()

    MemoryError where frames, swap or addresses have run out; AddressSpaceError, a ValueError, for what cannot be done.
    """

    def __init__(
        self,
        ram: int | str = "1 MiB",
        frames: int | None = None,
        swap: int | str = 0,
        profile: str = "linux",
        *,
        seed: int = 0,
        tlb: str = "flush",
        stale: str = "ignored",
        stack_limit: int | str = "8 MiB",
        stack_guard_gap: int | str = "1 MiB",
        **fields: str | int,
    ) -> None:
        self._core = _Core(
            parse_size(ram),
            _NO_LIMIT if frames is None else unsigned("frames", frames),
            parse_size(swap) // PAGE_SIZE,
            profile,
            [(name, str(value)) for name, value in fields.items()],
            seed,
            choice("tlb", tlb, TLB_TAGGING),
            choice("stale", stale, STALE_ENTRIES),
            parse_size(stack_limit),
            parse_size(stack_guard_gap),
        )
        self._fault_words = tuple(vocabularies()["fault_result"])

    # Address spaces

    @property
    def spaces(self) -> list[int]:
        """The numbers of the address spaces that there are."""
        return self._core.spaces()

    def create(self) -> int:
        """A new, empty address space. MemoryError without a frame for its page directory, or a least working set."""
        return require_number(self._core.create(), "create()")

    def fork(self, space: int) -> int:
        """A second address space that reads what this one has; the profile says what is copied when."""
        return require_number(self._core.fork(space), f"fork({space})")

    def destroy(self, space: int) -> None:
        """End an address space; what nobody else shows goes with it."""
        self._core.destroy(space)

    def map(
        self,
        space: int,
        length: int,
        address: int | None = None,
        *,
        rights: str = "rw",
        shared: bool = False,
        file: int | None = None,
        device: int | None = None,
        offset: int = 0,
        placement: str | None = None,
        reserve: bool = True,
    ) -> Address:
        """Map fresh memory, or a file or device from `offset` on. Returns where.

        placement: "anywhere", the default without an address; "fixed", the default with one, replaces what is there;
        "fixed_no_replace"; "hint". reserve: whether the memory is promised now, as without MAP_NORESERVE.
        """
        if placement is None:
            placement = "anywhere" if address is None else "fixed"
        what = f"map({space}, {length:#x}, {address if address is None else Address(address)})"
        if offset % PAGE_SIZE:
            raise AddressSpaceError(what, "invalid")
        sharing = _core.Sharing.SHARED if shared else _core.Sharing.PRIVATE
        where = choice("placement", placement, _PLACEMENTS)
        wish = _core.Reserve.YES if reserve else _core.Reserve.NO
        page = offset // PAGE_SIZE
        answer = self._core.map(
            space, check_address(address or 0), length, where, _rights(rights), sharing, file, device, page, wish
        )
        if isinstance(answer, _core.VmError):
            refuse(what, answer)
        return Address(answer)

    def unmap(self, space: int, address: int, length: int) -> None:
        """Remove what is mapped in a range."""
        self._require(f"unmap({space}, {Address(address)}, {length:#x})", self._core.unmap(space, address, length))

    def protect(self, space: int, address: int, length: int, rights: str) -> None:
        """Give a range other rights: "rw", "r", "rx", or "" for none."""
        error = self._core.protect(space, address, length, _rights(rights))
        self._require(f"protect({space}, {Address(address)}, {length:#x}, {rights!r})", error)

    def wire(self, space: int, address: int, length: int) -> None:
        """Bring a range into memory and keep it there."""
        error = self._core.set_wiring(space, address, length, _core.Wiring.WIRED)
        self._require(f"wire({space}, {Address(address)}, {length:#x})", error)

    def unwire(self, space: int, address: int, length: int) -> None:
        """Let the pages of a range leave memory again."""
        error = self._core.set_wiring(space, address, length, _core.Wiring.PAGEABLE)
        self._require(f"unwire({space}, {Address(address)}, {length:#x})", error)

    def populate(self, space: int, address: int, length: int) -> None:
        """Bring a range into memory now, for writing where private memory may be written."""
        error = self._core.populate(space, address, length)
        self._require(f"populate({space}, {Address(address)}, {length:#x})", error)

    def remap(
        self,
        space: int,
        address: int,
        old_length: int,
        new_length: int,
        *,
        placement: str = "anywhere",
        new_address: int = 0,
    ) -> Address:
        """Change a mapping's length or place; it keeps its pages. With "hint" it may not move. Returns where it is."""
        what = f"remap({space}, {Address(address)}, {old_length:#x}, {new_length:#x})"
        where = choice("placement", placement, _PLACEMENTS)
        answer = self._core.remap(
            space, check_address(address), old_length, new_length, where, check_address(new_address)
        )
        if isinstance(answer, _core.VmError):
            refuse(what, answer)
        return Address(answer)

    def advise(self, space: int, address: int, length: int, advice: str) -> None:
        """Say how a range is used: "will_need", "dont_need", "free", "normal", "random" or "sequential"."""
        error = self._core.advise(space, address, length, choice("advice", advice, _ADVICES))
        self._require(f"advise({space}, {Address(address)}, {length:#x}, {advice!r})", error)

    def synchronize(self, space: int, address: int, length: int) -> None:
        """Write what was written through shared mappings of files to the disk. OSError when the disk fails."""
        error = self._core.synchronize(space, address, length)
        self._require(f"synchronize({space}, {Address(address)}, {length:#x})", error)

    def map_stack(self, space: int, top: int, initial: int) -> None:
        """Map a stack that ends at `top` and grows down by faults."""
        self._require(f"map_stack({space}, {Address(top)})", self._core.map_stack(space, top, initial))

    def set_heap_start(self, space: int, address: int) -> None:
        """Give an empty heap its place; set_break() grows it."""
        self._core.set_heap_start(space, check_address(address))

    def set_break(self, space: int, address: int) -> None:
        """Move the end of the heap."""
        self._require(f"set_break({space}, {Address(address)})", self._core.set_break(space, address))

    def install_page(self, space: int, address: int, data: bytes, rights: str = "rw") -> None:
        """Put a page of one's own at an address, as a page-fault handler can; mapped if nothing is."""
        error = self._core.install_page(space, check_address(address), data[:PAGE_SIZE], _rights(rights))
        self._require(f"install_page({space}, {Address(address)})", error)

    # Accesses

    def read(self, space: int, address: int, *, wait: bool = True) -> Touch:
        """Read a 32-bit word at ring 3, each fault answered as a kernel would; it lies within one page.

        Where a disk must be waited for, time passes. With wait=False the access ends there with the fault "blocked", as
        for a process that sleeps: let time `advance()`, and try it again.
        """
        return self._access(space, address, _core.Access.READ, 0, wait)

    def read_byte(self, space: int, address: int) -> Touch:
        """Read one byte."""
        word = check_address(address) & ~3
        touch = self._access(space, word, _core.Access.READ, 0, True)
        value = None if touch.value is None else touch.value >> 8 * (address - word) & 0xFF
        return Touch(value, touch.faults)

    def write(self, space: int, address: int, value: int, *, wait: bool = True) -> Touch:
        """Write a 32-bit word; the value comes back when it could be written. wait: as for read()."""
        return self._access(space, address, _core.Access.WRITE, value & 0xFFFFFFFF, wait)

    def _access(self, space: int, address: int, access: _core.Access, value: int, wait: bool) -> Touch:
        io = _core.IoMode.WAIT if wait else _core.IoMode.START
        read, faults = self._core.access(space, check_address(address), access, value, io)
        return Touch(read, tuple([self._fault_words[fault] for fault in faults]))

    def peek(self, space: int, address: int, size: int) -> bytes | None:
        """The bytes that are mapped there, looked at without a fault or any other effect; None where nothing is."""
        return self._core.peek(space, check_address(address), size)

    # Files

    def create_file(self, content: bytes = b"") -> int:
        """A file; its pages are in memory when they are used."""
        return self._core.create_file(content)

    def close_file(self, file: int) -> None:
        """Forget a file; mappings of it stay as they are."""
        self._core.close_file(file)

    def file_size(self, file: int) -> int:
        """The length of a file in bytes."""
        return self._core.file_size(file)

    def truncate(self, file: int, size: int) -> None:
        """Make a file shorter, or longer with zeros."""
        self._core.resize_file(file, size)

    def read_file(self, file: int, position: int, size: int) -> bytes:
        """Read as read() does, by way of the file's pages. MemoryError or OSError when nothing could be read."""
        content, error = self._core.read_file(file, position, size)
        if error is not None:
            refuse_file(f"read_file({file})", error)
        return content

    def write_file(self, file: int, position: int, data: bytes) -> int:
        """Write as write() does; returns how many bytes were written."""
        written = self._core.write_file(file, position, data)
        if isinstance(written, _core.FileError):
            refuse_file(f"write_file({file})", written)
        return written

    # Devices

    def create_device(self, size: int) -> int:
        """A device with neighbouring frames of its own, a frame buffer say: map(..., device=) shows them.

        They stay in memory and count as nobody's pages. MemoryError where so many neighbours are not free.
        """
        if not isinstance(size, int) or size <= 0 or size % PAGE_SIZE:
            raise ValueError(f"size={size!r}: a device has whole pages, a multiple of {PAGE_SIZE}")
        return require_number(self._core.create_device(size // PAGE_SIZE), f"create_device({size:#x})")

    def close_device(self, device: int) -> None:
        """Forget a device; its frames go back once no mapping shows them."""
        self._core.close_device(device)

    def device_frame(self, device: int) -> int:
        """The number of its first frame."""
        return self._core.device_frame(device)

    def read_device(self, device: int) -> bytes:
        """What the device's frames hold: what a screen would show."""
        return self._core.read_device(device)

    def fail_device(self, device: int, touches: int = 1) -> None:
        """Let the next first touches of its pages fail; 0 mends it."""
        self._core.fail_device(device, unsigned("touches", touches))

    # What a kernel does in between

    def forget_entry(self, space: int, address: int) -> None:
        """Drop the page-table entry of one page, unless it is wired: no access may come out differently."""
        self._core.forget_entry(space, check_address(address))

    @property
    def now(self) -> int:
        """The simulated time."""
        return self._core.now()

    @property
    def transfers(self) -> list[Transfer]:
        """What the disks have been handed and have not done yet."""
        return transfers_of(self._core.transfer_records())

    def advance(self, time: int) -> None:
        """Let time pass, in which the disks work."""
        self._core.advance(unsigned("time", time))

    def evict_one(self) -> bool:
        """Let the page daemon free one frame; False when it cannot."""
        return self._core.evict_one()

    def balance(self) -> None:
        """Let the page daemon do what it does between slices: refill its standby list, write back what is old, give
        policies their ticks.
        """
        self._core.balance()

    def set_frames(self, frames: int) -> None:
        """From now on so many pages that are not wired may be in memory."""
        self._core.set_page_frame_limit(unsigned("frames", frames))

    def fail_disk(self, disk: str, direction: str, transfers: int = 1) -> None:
        """Let the next transfers of a disk fail: "swap" or "files", "read" or "write"; 0 mends it."""
        self._core.fail_disk(*disk_failure(disk, direction, transfers))

    # Looking

    def maps(self, space: int) -> Maps:
        """The mappings of an address space."""
        return Maps.of(self._core.mappings(space), 0)

    def resident(self, space: int, address: int, length: int) -> list[bool]:
        """Which pages of a range are in memory."""
        return self._core.resident(space, check_address(address), length)

    def entry(self, space: int, address: int) -> int:
        """The bits of a page-table entry; 0 when it is not present."""
        return self._core.entry(space, check_address(address))

    def chain(self, space: int, address: int) -> list[ChainLink]:
        """The objects behind an address, the mapping's own first, and what each has of the page."""
        return [ChainLink.of(link) for link in self._core.chain(space, check_address(address))]

    @property
    def counters(self) -> Counters:
        """What everything has cost so far, and what is in use now."""
        core, vm = self._core, self._core.counters()
        counts = vm_counts(vm)
        for name in ("page_frames", "wired_pages", "standby_pages", "modified_pages", "frames_used", "swap_used"):
            counts[name] = getattr(core, name)()
        counts |= {"committed_pages": core.committed_pages(), "commit_limit": core.commit_limit()}
        return Counters(counts)

    def violations(self) -> list[str]:
        """What the virtual memory believes and is not so; nothing, unless vmlab has a bug."""
        return self._core.check()

    def check(self) -> None:
        """Recompute what the virtual memory believes from the truth; InvariantError names each difference."""
        found = self.violations()
        if found:
            raise InvariantError(found)

    @staticmethod
    def _require(what: str, error: _core.VmError | None) -> None:
        if error is not None:
            refuse(what, error)

    def __repr__(self) -> str:
        core = self._core
        return f"<workbench: address spaces {core.spaces()}, {core.page_frames()} pages in memory>"


def _rights(rights: str) -> int:
    bits = {"r": 1, "w": 2, "x": 4, "-": 0}
    if not set(rights) <= set(bits):
        raise ValueError(f'rights={rights!r}: letters of "rwx", such as "rw"; "" for none')
    return sum(bits[letter] for letter in set(rights))
