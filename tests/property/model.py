# SPDX-License-Identifier: GPL-2.0-only
"""What memory means, with no chain, queue, swap or page table in it: the plain model that the core is compared with.

An address space is a dict of pages. A private page that was written holds its content by value; fork copies the dict.
Shared memory and files are held by reference.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tests.property.contents import PAGE, Content, Device, File, Shared

USER_END = 0xC0000000
LOWEST, MMAP_TOP = 0x10000, 0xB8000000
READ, WRITE = 1, 2


class Refused(Exception):
    """The operation cannot be done; `reason` is as in vmlab.workbench.AddressSpaceError, or "no_memory"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def promise_of(rights: int, shared: bool, reserve: bool, strict: bool) -> str:
    """Whether a page counts as promised from the time when it is mapped: "charged", "not_reserved" or "none"."""
    if not reserve and not strict:
        return "not_reserved"
    return "charged" if rights & WRITE and not shared else "none"


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
    promise: str = "none"
    own: Content | None = None  # what was written privately

    @property
    def needs_promise(self) -> bool:
        """With the right to write it would have to be promised."""
        return not self.shared and self.promise == "none"

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
    strict: bool = False  # overcommit=never
    allows: Callable[[int], bool] = lambda pages: True  # whether so many pages more may be promised
    pages: dict[int, Page] = field(default_factory=dict)
    stack_top: int = 0
    heap_start: int = 0
    heap_end: int = 0

    def require_promise(self, pages: int) -> None:
        if pages > 0 and not self.allows(pages):
            raise Refused("no_memory")

    def charged(self, numbers: range | None = None) -> int:
        """How many pages, of all or of some, are private and promised."""
        pages = self.pages.values() if numbers is None else filter(None, map(self.pages.get, numbers))
        return sum(page.promise == "charged" for page in pages)

    def fork(self, eager: bool) -> Space:
        return replace(self, pages={number: page.copy(eager) for number, page in self.pages.items()})

    # Mapping

    def is_free(self, start: int, length: int) -> bool:
        return not any(number in self.pages for number in pages_of(start, length))

    def is_free_and_apart(self, start: int, length: int) -> bool:
        """Free, and far enough below what grows down."""
        above = min((number for number in self.pages if number * PAGE >= start + length), default=None)
        grows = above is not None and self.pages[above].kind == "stack"
        room = USER_END if above is None else above * PAGE - self.stack_guard_gap * grows
        return self.is_free(start, length) and (not grows or start + length <= room)

    def accept(self, start: int, length: int, address: int | None, placement: str) -> None:
        """Raises AssertionError when a mapping may not come to lie at `start`."""
        assert start % PAGE == 0
        if placement.startswith("fixed"):
            assert start == address
            return
        assert self.is_free(start, length), "a mapping without a fixed address replaced another"
        hinted = (address or 0) & -PAGE
        inside = hinted >= LOWEST and hinted + length <= USER_END
        if placement == "hint" and inside and self.is_free_and_apart(hinted, length):
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

    def check_promise(self, length: int, address: int | None, fresh: Page) -> None:
        """Requires: check_map passed. What is replaced gives back what was promised."""
        numbers = pages_of(0 if address is None else address, length)
        counts = fresh.promise == "charged" or (isinstance(fresh.source, Shared) and fresh.promise == "none")
        self.require_promise(len(numbers) - (0 if address is None else self.charged(numbers)) if counts else 0)

    def map(self, start: int, length: int, fresh: Page) -> None:
        """Maps pages like `fresh`, the first of them."""
        for number in pages_of(start, length):
            self.pages[number] = fresh
            fresh = replace(fresh, index=fresh.index + 1)

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

    def unpromised(self, start: int, length: int) -> int:
        """How many pages up to the first hole would have to be promised with the right to write."""
        if start % PAGE or length % PAGE:
            return 0
        mapped = itertools.takewhile(self.pages.__contains__, pages_of(start, length))
        return sum(self.pages[number].needs_promise for number in mapped)

    def protect(self, start: int, length: int, rights: int) -> None:
        """Where not all can be promised, how far it came before it is refused is not the model's to say."""
        check_range(start, length)
        if self.strict and rights & WRITE:
            self.require_promise(self.unpromised(start, length))
        for page in self._mapped(start, length):
            self.set_rights(page, rights)

    @staticmethod
    def set_rights(page: Page, rights: int) -> None:
        page.rights = rights
        if rights & WRITE and page.needs_promise:
            page.promise = "charged"  # and it stays so

    def populate(self, start: int, length: int) -> None:
        for page in self._mapped(start, length):
            if not page.rights or not page.exists:
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
            promise = promise_of(rights, False, True, self.strict)
            self.require_promise(promise == "charged")
            page = self.pages[start // PAGE] = Page(rights, promise=promise)
        if not page.rights or (rights & WRITE and not page.rights & WRITE):
            raise Refused("access_denied")
        if page.shared and isinstance(page.source, Device):
            raise Refused("access_denied")  # its frames are where they are
        if page.shared and not page.exists:
            raise Refused("not_mapped")
        page.store(0, data.ljust(PAGE, b"\0"))

    # Length, place and advice

    def _is_one_area(self, numbers: range) -> bool:
        """Linux keeps areas apart, too, of which one is accounted for (VM_ACCOUNT) and the other is not."""
        found = [self.pages.get(number) for number in numbers]
        areas = {(p.rights, p.shared, p.kind, p.wired, p.pattern, p.promise) for p in found if p}
        return None not in found and len(areas) == 1

    def check_remap(self, start: int, length: int, new_length: int, target: int | None) -> None:
        """Requires: lengths are whole pages."""
        if not length and start // PAGE not in self.pages:
            raise Refused("not_mapped")
        if start % PAGE or not length or not new_length or start + length > USER_END:
            raise Refused("invalid")
        stays = target is None and new_length <= length
        found = start // PAGE in self.pages if stays else self._is_one_area(pages_of(start, min(length, new_length)))
        if not found:
            raise Refused("not_mapped")
        if target is not None:
            overlaps = target < start + length and start < target + new_length
            if target % PAGE or target + new_length > USER_END or overlaps:
                raise Refused("invalid")

    def grows_in_place(self, start: int, length: int, new_length: int) -> bool:
        end = start + new_length
        return new_length <= length or (end <= USER_END and self.is_free(start + length, new_length - length))

    def growth_to_promise(self, start: int, length: int, new_length: int) -> int:
        """Requires: check_remap passed. Pages that a remap adds and that count as promised."""
        if new_length <= length:
            return 0
        last = self.pages[pages_of(start, length)[-1]]
        counts = last.promise == "charged" or (isinstance(last.source, Shared) and last.promise == "none")
        return (new_length - length) // PAGE if counts else 0

    def remap(self, start: int, length: int, new_length: int, target: int) -> None:
        """Requires: check_remap passed."""
        if target != start:
            self.unmap(target, new_length)
        if new_length < length:
            self.unmap(start + new_length, length - new_length)
        if target == start and new_length <= length:
            return
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
            if not self.is_free_and_apart(old, new - old + PAGE) or new > USER_END:
                raise Refused("no_memory")
            self.require_promise((new - old) // PAGE)
            for number in pages_of(old, new - old):
                self.pages[number] = Page(READ | WRITE, kind="heap", promise="charged")
        elif new < old:
            self.unmap(new, old - new)
        self.heap_end = end

    def map_stack(self, top: int, initial: int) -> None:
        if not self.is_free(top - initial, initial):
            raise Refused("overlap")
        if self.strict:
            self.require_promise(initial // PAGE)
        for number in pages_of(top - initial, initial):
            self.pages[number] = Page(READ | WRITE, kind="stack", promise="charged")
        self.stack_top = top

    def grow_stack(self, address: int) -> None:
        """A fault below the stack extends it, unless it would come too near to what lies below."""
        number = address // PAGE
        above = min((other for other in self.pages if other > number), default=None)
        if above is None or self.pages[above].kind != "stack":
            return
        end = above
        while self._is_one_area(range(above, end + 1)):
            end += 1
        if (end - number) * PAGE > self.stack_limit:
            return
        below = max((other for other in self.pages if other < number), default=None)
        if below is not None:
            near = (below + 1) * PAGE > number * PAGE - self.stack_guard_gap
            if near and self.pages[below].rights and self.pages[below].kind != "stack":
                return
        like = self.pages[above]
        if self.strict and like.promise == "charged" and not self.allows(above - number):
            return
        for grown in range(number, above):
            self.pages[grown] = replace(like, source=None, index=0, own=None)

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
