# SPDX-License-Identifier: GPL-2.0-only
"""What memory means, with no chain, queue, swap or page table in it: the plain model that the core is compared with.

An address space is a dict of pages. A private page that was written holds its content by value; fork copies the dict.
Shared memory and files are held by reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

PAGE = 4096
ZEROS = bytes(PAGE)
USER_END = 0xC0000000
LOWEST, MMAP_TOP = 0x10000, 0xB8000000
READ, WRITE = 1, 2


class Refused(Exception):
    """The operation cannot be done; `reason` is as in vmlab.workbench.AddressSpaceError, or "no_memory"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(eq=False, repr=False)
class Content:
    """The bytes of a page, of which the first `known` are certain. Its identity is that of one written page.

    freed: madvise(MADV_FREE) allows that the page is zero from some time on.
    """

    data: bytes = ZEROS
    known: int = PAGE
    freed: bool = False

    def __repr__(self) -> str:
        return f"<{len(self.data.rstrip(bytes(1)))} bytes, {self.known} known>"

    def accepts(self, seen: bytes, offset: int = 0) -> bool:
        """Whether the page may read so from `offset` on; what is seen of a freed page settles it."""
        end = min(self.known, offset + len(seen))
        if seen[: end - offset] == self.data[offset:end] or end <= offset:
            return True
        if not self.freed or any(seen):
            return False
        self.data, self.known, self.freed = ZEROS, PAGE, False
        return True

    def with_bytes(self, offset: int, data: bytes) -> Content:
        return Content(self.data[:offset] + data + self.data[offset + len(data) :], self.known)


@dataclass(eq=False)
class Shared:
    """Anonymous memory that fork shares."""

    pages: dict[int, Content] = field(default_factory=dict)


class File:
    """A file. What a shared mapping wrote past its end, in its last page, is not certain to be read again."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        self.uncertain_tail = False

    def __repr__(self) -> str:
        return f"<file of {len(self.data)} bytes>"

    def exists(self, index: int) -> bool:
        return index * PAGE < len(self.data)

    def content(self, index: int) -> Content:
        data = bytes(self.data[index * PAGE : (index + 1) * PAGE])
        certain = PAGE if len(data) == PAGE or not self.uncertain_tail else len(data)
        return Content(data.ljust(PAGE, b"\0"), certain)

    def store(self, position: int, data: bytes) -> None:
        """As a shared mapping does: the length stays."""
        inside = data[: max(0, len(self.data) - position)]
        self.data[position : position + len(inside)] = inside
        self.uncertain_tail |= len(inside) < len(data)

    def resize(self, size: int) -> None:
        if size != len(self.data):
            self.uncertain_tail = False
        del self.data[size:]
        self.data.extend(bytes(size - len(self.data)))

    def write(self, position: int, data: bytes) -> None:
        """As write() does."""
        if data and position + len(data) > len(self.data):
            self.resize(position + len(data))
        self.data[position : position + len(data)] = data


@dataclass(eq=False)
class Page:
    """One mapped page of an address space."""

    rights: int
    shared: bool = False
    source: Shared | File | None = None
    index: int = 0
    kind: str = "anonymous"
    wired: bool = False
    pattern: str = "normal"
    own: Content | None = None  # what was written privately

    @property
    def exists(self) -> bool:
        """False past the end of a file."""
        return self.own is not None or not isinstance(self.source, File) or self.source.exists(self.index)

    def content(self) -> Content:
        if self.own is not None:
            return self.own
        if isinstance(self.source, File):
            return self.source.content(self.index)
        if isinstance(self.source, Shared):
            return self.source.pages.get(self.index, Content())
        return Content()

    def store(self, offset: int, data: bytes) -> None:
        if not self.shared:
            self.own = self.content().with_bytes(offset, data)
        elif isinstance(self.source, File):
            self.source.store(self.index * PAGE + offset, data)
        else:
            assert self.source is not None
            self.source.pages[self.index] = self.content().with_bytes(offset, data)

    def populate(self) -> None:
        """A private page that may be written gets its own copy at once."""
        if not self.shared and self.rights & WRITE:
            self.own = replace(self.content())

    def copy(self, eager: bool) -> Page:
        """The page of a forked child."""
        child = replace(self, wired=False)
        if eager and not self.shared:
            if self.own is not None:
                child.own = replace(self.own)
            elif isinstance(self.source, File) and self.rights & WRITE and self.exists:
                child.own = replace(self.content())
        return child


def pages_of(start: int, length: int) -> range:
    """The numbers of the pages in a range."""
    return range(start // PAGE, (start + length + PAGE - 1) // PAGE)


def check_range(start: int, length: int) -> None:
    if start % PAGE or length % PAGE or length <= 0 or start + length > USER_END:
        raise Refused("invalid")


@dataclass(eq=False)
class Space:
    """One address space."""

    stack_limit: int
    stack_guard_gap: int
    pages: dict[int, Page] = field(default_factory=dict)
    stack_top: int = 0
    heap_start: int = 0
    heap_end: int = 0

    def fork(self, eager: bool) -> Space:
        return replace(self, pages={number: page.copy(eager) for number, page in self.pages.items()})

    # Mapping

    def is_free(self, start: int, length: int) -> bool:
        return not any(number in self.pages for number in pages_of(start, length))

    def accept(self, start: int, length: int, address: int | None, placement: str) -> None:
        """Raises AssertionError when a mapping may not come to lie at `start`."""
        assert start % PAGE == 0
        if placement.startswith("fixed"):
            assert start == address
            return
        assert self.is_free(start, length), "a mapping without a fixed address replaced another"
        hinted = (address or 0) & -PAGE
        if placement == "hint" and hinted >= LOWEST and hinted + length <= USER_END and self.is_free(hinted, length):
            assert start == hinted
        else:
            assert start >= LOWEST
            assert start + length <= MMAP_TOP

    def check_map(self, length: int, address: int | None, placement: str) -> None:
        if length == 0:
            raise Refused("invalid")
        if not placement.startswith("fixed"):
            return
        assert address is not None
        if address % PAGE:
            raise Refused("invalid")
        if address + length > USER_END:
            raise Refused("no_memory")
        if placement == "fixed_no_replace" and not self.is_free(address, length):
            raise Refused("overlap")

    def map(self, start: int, length: int, rights: int, shared: bool, file: File | None, index: int) -> None:
        source: Shared | File | None = file if file is not None else Shared() if shared else None
        kind = "anonymous" if file is None else "file"
        for number in pages_of(start, length):
            self.pages[number] = Page(rights, shared, source, index, kind)
            index += 1

    def unmap(self, start: int, length: int) -> None:
        check_range(start, length)
        for number in pages_of(start, length):
            self.pages.pop(number, None)

    def _mapped(self, start: int, length: int) -> Iterator[Page]:
        """The pages of a range; Refused at the first hole."""
        for number in pages_of(start, length):
            if number not in self.pages:
                raise Refused("not_mapped")
            yield self.pages[number]

    def protect(self, start: int, length: int, rights: int) -> None:
        check_range(start, length)
        for page in self._mapped(start, length):
            page.rights = rights

    def populate(self, start: int, length: int) -> None:
        for page in self._mapped(start, length):
            if page.rights:
                if not page.exists:
                    raise Refused("not_mapped")
                page.populate()

    def set_wired(self, start: int, length: int, wired: bool) -> None:
        check_range(start, length)
        for number in pages_of(start, length):
            if number not in self.pages:
                break
            self.pages[number].wired = wired
        if wired:
            self.populate(start, length)
        else:
            list(self._mapped(start, length))

    def install_page(self, address: int, data: bytes, rights: int) -> None:
        start = address & -PAGE
        if start + PAGE > USER_END:
            raise Refused("invalid")
        page = self.pages.get(start // PAGE)
        if page is None:
            page = self.pages[start // PAGE] = Page(rights)
        if not page.rights or (rights & WRITE and not page.rights & WRITE):
            raise Refused("access_denied")
        if page.shared and not page.exists:
            raise Refused("not_mapped")
        page.store(0, data.ljust(PAGE, b"\0"))

    # Length, place and advice

    def _is_one_area(self, numbers: range) -> bool:
        found = [self.pages.get(number) for number in numbers]
        return None not in found and len({(p.rights, p.shared, p.kind, p.wired, p.pattern) for p in found if p}) == 1

    def check_remap(self, start: int, length: int, new_length: int, target: int | None) -> None:
        """Requires: lengths are whole pages."""
        if start % PAGE or not length or not new_length or start + length > USER_END:
            raise Refused("invalid")
        if not self._is_one_area(pages_of(start, min(length, new_length))):
            raise Refused("not_mapped")
        if target is not None:
            overlaps = target < start + length and start < target + new_length
            if target % PAGE or target + new_length > USER_END or overlaps:
                raise Refused("invalid")

    def grows_in_place(self, start: int, length: int, new_length: int) -> bool:
        end = start + new_length
        return new_length <= length or (end <= USER_END and self.is_free(start + length, new_length - length))

    def remap(self, start: int, length: int, new_length: int, target: int) -> None:
        """Requires: check_remap passed."""
        if target != start:
            self.unmap(target, new_length)
        if new_length < length:
            self.unmap(start + new_length, length - new_length)
        kept = pages_of(start, min(length, new_length))
        moved = [self.pages.pop(number) for number in kept]
        for number, page in enumerate(moved, target // PAGE):
            self.pages[number] = page
        last, fresh = moved[-1], Shared() if moved[-1].shared else None
        for more in range(1, (new_length - length) // PAGE + 1):
            source = last.source if isinstance(last.source, File) else fresh
            number = target // PAGE + len(kept) - 1 + more
            self.pages[number] = replace(last, source=source, index=last.index + more, own=None)

    def advise(self, start: int, length: int, advice: str, forgets: bool) -> None:
        if start % PAGE or length % PAGE or start + length > USER_END:
            raise Refused("invalid")
        numbers = pages_of(start, length)
        for page in filter(None, map(self.pages.get, numbers)):
            if advice in ("normal", "random", "sequential"):
                page.pattern = advice
            elif advice == "dont_need" and forgets and not page.shared and not page.wired:
                page.own = None
            elif advice == "free" and not page.shared and page.own is not None:
                page.own.freed = True
        if not all(number in self.pages for number in numbers):
            raise Refused("not_mapped")

    # Heap and stack

    def set_break(self, end: int) -> None:
        if end < self.heap_start or end > USER_END:
            raise Refused("invalid")
        old, new = -(-self.heap_end // PAGE) * PAGE, -(-end // PAGE) * PAGE
        if new > old:
            if not self.is_free(old, new - old):
                raise Refused("no_memory")
            for number in pages_of(old, new - old):
                self.pages[number] = Page(READ | WRITE, kind="heap")
        elif new < old:
            self.unmap(new, old - new)
        self.heap_end = end

    def map_stack(self, top: int, initial: int) -> None:
        if not self.is_free(top - initial, initial):
            raise Refused("overlap")
        for number in pages_of(top - initial, initial):
            self.pages[number] = Page(READ | WRITE, kind="stack")
        self.stack_top = top

    def grow_stack(self, address: int) -> None:
        """A fault below the stack extends it, unless it would come too near to what lies below."""
        if not self.stack_top or address >= self.stack_top or self.stack_top - address > self.stack_limit:
            return
        number = address // PAGE
        above = min((other for other in self.pages if other > number), default=None)
        if above is None or above * PAGE >= self.stack_top or self.pages[above].kind != "stack":
            return
        below = max((other for other in self.pages if other < number), default=None)
        if below is not None and (below + 1) * PAGE > number * PAGE - self.stack_guard_gap:
            return
        like = self.pages[above]
        for grown in range(number, above):
            self.pages[grown] = Page(like.rights, kind="stack", wired=like.wired, pattern=like.pattern)

    # Accesses

    def touch(self, address: int, right: int) -> Page | str:
        """The page that an access reaches, or the name of the fault that it ends in."""
        if address // PAGE not in self.pages:
            self.grow_stack(address)
        page = self.pages.get(address // PAGE)
        if page is None:
            return "no_mapping"
        if not (page.rights & WRITE if right == WRITE else page.rights):
            return "protection"
        return page if page.exists else "bus_error"


def distinct_contents(spaces: dict[int, Space]) -> int:
    """How many written pages of anonymous memory there are, each counted once however many processes show it."""
    contents = set()
    for space in spaces.values():
        for page in space.pages.values():
            if page.own is not None:
                contents.add(id(page.own))
            elif isinstance(page.source, Shared):
                contents.update(id(content) for content in page.source.pages.values())
    return len(contents)
