# SPDX-License-Identifier: GPL-2.0-only
"""A Workbench beside its model: where both must agree, and when the core may say that memory ran out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.property.contents import PAGE, ZEROS, Content, Device, File, Shared
from tests.property.model import Page, Refused, Space, distinct_contents

import vmlab
from vmlab import _core
from vmlab.workbench import AddressSpaceError

# Frames that one operation may hold at once: the page it copies from and the one it copies to, a directory, tables.
OPERATION_FRAMES = 8

SHARED = _core.Sharing.SHARED


class Difference(AssertionError):
    """The core and the model do not agree."""


class Failed(Exception):
    """The core refused for want of memory or because a disk failed, and was excused."""


class Comparison:
    """The state of both sides, and what is checked between steps.

    When the core says that memory has run out, the model refutes it if all pages that must be kept would still fit:
        written pages + OPERATION_FRAMES <= frames for pages that are not wired + swap slots
    where the frames are what RAM has left beside page tables and wired pages, at most the limit, with local replacement
    at most one process's share, and at least OPERATION_FRAMES.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.bench = vmlab.Workbench(**config)
        self.eager = config["fork"] == "eager"
        self.spaces: dict[int, Space] = {}
        self.numbers: dict[int, int] = {}  # of spaces, in the bench
        self.files: dict[int, File] = {}
        self.file_numbers: dict[int, int] = {}
        self.devices: dict[int, Device] = {}
        self.device_numbers: dict[int, int] = {}
        self.limit = config["frames"] or 1 << 32
        self.frames_at_start = self.bench.counters.frames_used
        self.failing = False  # a disk is, or a transfer under way will: what fails is no difference
        self.doomed: set[int] = set()  # transfers that began while a disk failed
        self.ran_out = False  # of memory, or a disk failed: another run need not
        self.strict = config["overcommit"] == "never"
        self.committed = 0  # pages that were promised before the step
        self.wanted = 0  # more pages that the step would have promised, where the model cannot tell whether it may

    def check(self) -> None:
        """The core's own check, what each page holds, and that no page is kept twice."""
        found = self.bench.violations()
        if found:
            raise Difference("; ".join(found))
        places: dict[int, set[tuple[int, int]]] = {}
        for name, space in self.spaces.items():
            self._compare_mappings(self.numbers[name], space)
            for number, page in space.pages.items():
                self._compare(self.numbers[name], number, page)
                if page.own is not None and page.own.data != ZEROS and not page.own.freed:  # zeros need not be kept
                    places.setdefault(id(page.own), set()).add(self._place(self.numbers[name], number))
        self._compare_promises()
        locked = sum(page.wired for space in self.spaces.values() for page in space.pages.values())
        if self.bench._core.wired_pages() > locked:
            raise Difference(f"{self.bench._core.wired_pages()} pages are wired, and {locked} were locked")
        for kept in places.values():
            if len(kept) > 1:
                raise Difference(f"one page is kept {len(kept)} times, at (object, page) {sorted(kept)}")

    def check_nothing_is_left(self) -> None:
        """Law 1: when all is destroyed, all frames and slots are back."""
        self.bench.check()
        counters = self.bench.counters
        left = counters.frames_used - self.frames_at_start
        if left > (self.config["zero_page"] == "on") or counters.page_frames:
            raise Difference(f"{left} frames are left when all is destroyed")
        if counters.swap_used:
            raise Difference(f"{counters.swap_used} swap slots are left when all is destroyed")

    def _place(self, number: int, page: int) -> tuple[int, int]:
        """Where the core keeps a page that was written."""
        for link in self.bench.chain(number, page * PAGE):
            if link.kind == "anonymous" and (link.frame is not None or link.swap_slot is not None):
                return link.object_id, link.page
        raise Difference(
            f"the core keeps nothing of page {page * PAGE:#x} in address space {number}, which was written"
        )

    def most_promised(self) -> int:
        """What may be promised in all, or with the heuristic at once."""
        slots, frames = self.config["swap"] // PAGE, self.config["ram"] // PAGE
        if not self.strict:
            return frames + slots
        return self.config["commit_limit"] or min(self.limit, frames) * self.config["overcommit_ratio"] // 100 + slots

    def allows(self, pages: int, committed: int | None = None) -> bool:
        """Whether so many pages more may be promised than are, or than were before the step."""
        if pages == 0 or self.config["overcommit"] == "always":
            return True
        committed = self.committed if committed is None else committed
        return pages + (committed if self.strict else 0) <= self.most_promised()

    def _compare_promises(self) -> None:
        """The account is check()'s to recount; here: that it counts what the model says, and stays below the limit."""
        committed = self.bench._core.committed_pages()
        charged = sum(space.charged() for space in self.spaces.values())
        shared = {
            (id(page.source), page.index)
            for space in self.spaces.values()
            for page in space.pages.values()
            if isinstance(page.source, Shared) and page.promise == "none"
        }
        # Of shared memory all counts that was mapped once, as long as a part of it is.
        if committed < charged + len(shared) or (not shared and committed != charged):
            raise Difference(
                f"{committed} pages count as promised, not {charged} private and {len(shared)} shared ones"
            )
        if self.strict and self.committed < committed > self.most_promised():
            raise Difference(f"{committed} pages were promised, though no more than {self.most_promised()} may be")

    def _compare_mappings(self, number: int, space: Space) -> None:
        """Both map the same pages, with the same rights."""
        mapped = 0
        for record in self.bench._core.mappings(number):  # as they are: views of them cost more than all else here
            wanted = (record.protection, record.sharing is SHARED)
            numbers = range(record.start // PAGE, record.end // PAGE)
            mapped += len(numbers)
            for page in map(space.pages.get, numbers):
                if page is None or (page.rights, page.shared) != wanted:
                    where = f"{record.start:#x} of address space {number}"
                    raise Difference(f"the mapping at {where} differs in its extent, rights or sharing")
        if mapped != len(space.pages):
            raise Difference(f"address space {number} maps {mapped} pages, the model {len(space.pages)}")

    def _compare(self, number: int, page_number: int, page: Page) -> None:
        if not page.exists:
            return
        seen = self.bench.peek(number, page_number * PAGE, PAGE)
        if seen is None or not page.content().accepts(seen):
            raise Difference(f"page {page_number * PAGE:#x} of address space {number} holds something else")

    # Outcomes

    def settle(self, expected: Callable[[], object], actual: Callable[[], object]) -> str | None:
        """Does both. The reason when both refuse, None when both succeed; raises Failed when only the core fails."""
        try:
            expected()
            wanted = None
        except Refused as refused:
            wanted = refused.reason
        try:
            actual()
            got = None
        except AddressSpaceError as error:
            got = error.reason
        except MemoryError:
            got = "no_memory"
        except OSError:
            got = "input_output"
        if got == wanted:
            return got
        if got == "no_memory":
            self.excuse("no_memory")
            raise Failed(got)
        if self.failing and got in ("not_mapped", "input_output"):
            raise Failed(got)
        raise Difference(f"the core answers {got}, the model {wanted}")

    def excuse(self, what: str) -> None:
        """Raises Difference unless memory may have run out."""
        if self.wanted and not self.allows(self.wanted, self.bench._core.committed_pages()):
            return
        self.ran_out = True
        if self.failing:
            return
        counters = self.bench.counters
        tables = counters.frames_used - counters.page_frames
        frames = min(
            self.limit,
            self.config["ram"] // PAGE - tables - counters.wired_pages,
            self.config.get("process_frames", self.limit),
        )
        slots = self.config["swap"] // PAGE
        needed = distinct_contents(self.spaces) + OPERATION_FRAMES
        if self.eager:
            # A copy is a written page, also of zeros that were only read; and one more address space may be on its way.
            sizes = [len(space.pages) for space in self.spaces.values()]
            needed += sum(sizes) + max(sizes)
        if frames >= OPERATION_FRAMES and needed <= frames + slots:
            raise Difference(f"{what}, but {needed} pages fit into {frames} frames and {slots} swap slots")

    def may_guarantee_another(self) -> bool:
        """Whether the least working sets of all address spaces, and of one more, can be had."""
        minimum, counters = self.config.get("working_set_minimum", 0), self.bench.counters
        tables = counters.frames_used - counters.page_frames
        frames = min(self.limit, self.config["ram"] // PAGE - tables - counters.wired_pages)
        return minimum == 0 or (len(self.spaces) + 1) * minimum <= frames

    def excuse_file(self, error: Exception) -> None:
        if isinstance(error, OSError) and not self.failing:
            raise Difference("a disk failed by itself") from error
        self.excuse(str(error))

    def transfers_under_way(self) -> set[int]:
        return {transfer.id for transfer in self.bench.transfers}

    def is_transfer_doomed(self) -> bool:
        """Whether a transfer may be under way that will fail."""
        if self.doomed:
            self.doomed &= self.transfers_under_way()
        return bool(self.doomed)

    def reconcile(self, name: int, numbers: range) -> None:
        """After a failure on the way: a private page may have got a copy of its own, or not."""
        for number in numbers:
            page = self.spaces[name].pages.get(number)
            if page is None or page.shared:
                continue
            links = self.bench.chain(self.numbers[name], number * PAGE)
            kept = any(link.kind == "anonymous" and (link.frame, link.swap_slot) != (None, None) for link in links)
            content = page.content()
            page.own = Content(content.data, content.known, content.freed) if kept else None
