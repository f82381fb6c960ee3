# SPDX-License-Identifier: GPL-2.0-only
"""Plays steps on a Workbench and on the model at once, and raises Difference where they part."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.property.model import (
    PAGE,
    READ,
    WRITE,
    ZEROS,
    Content,
    File,
    Page,
    Refused,
    Space,
    distinct_contents,
    pages_of,
)

import vmlab
from vmlab.workbench import AddressSpaceError

Step = tuple[Any, ...]
LETTERS = ("", "r", "w", "rw")

# Frames that one operation may hold at once: the page it copies from and the one it copies to, a directory, tables.
OPERATION_FRAMES = 8


class Difference(AssertionError):
    """The core and the model do not agree."""


class Runner:
    """One Workbench beside its model. A step is a tuple: a method's name and its arguments.

    Steps name address spaces and files by numbers of their own, so that a step means the same when others are left out;
    a step on one that does not exist does nothing.

    When the core says that memory has run out, the model refutes it if all pages that must be kept would still fit:
        written pages + OPERATION_FRAMES <= frames for pages that are not wired + swap slots
    where the frames are what RAM has left beside page tables and wired pages, at most the limit, with local replacement
    at most one process's share, and at least OPERATION_FRAMES.
    """

    def __init__(self, config: dict[str, Any], dropper: random.Random | None = None) -> None:
        self.config = config
        self.bench = vmlab.Workbench(**config)
        self.dropper = dropper
        self.eager = config.get("fork") == "eager"
        self.spaces: dict[int, Space] = {}
        self.numbers: dict[int, int] = {}  # of spaces, in the bench
        self.files: dict[int, File] = {}
        self.file_numbers: dict[int, int] = {}
        self.limit = config.get("frames") or 1 << 32
        self.frames_at_start = self.bench.counters.frames_used
        self.failing = False  # a disk is: what fails is no difference
        self.ran_out = False  # of memory, or a disk failed: another run need not
        self.answers: list[object] = []

    def play(self, step: Step) -> None:
        if self.dropper is not None:
            self._drop_entries(self.dropper)
        try:
            answer = getattr(self, step[0])(*step[1:])
        except Difference:
            raise
        except AssertionError as error:
            raise Difference(f"{step}: {error}") from error
        except vmlab.Panic as panic:
            raise Difference(f"{step}: {panic}") from panic
        self.answers.append(answer)

    def check(self) -> None:
        """The core's own check, that pages are shared as the model says, and what each page holds."""
        found = self.bench.violations()
        if found:
            raise Difference("; ".join(found))
        places: dict[int, set[tuple[int, int]]] = {}
        for name, space in self.spaces.items():
            for number, page in space.pages.items():
                self._compare(self.numbers[name], number, page)
                if page.own is not None and page.own.data != ZEROS:  # zeros need not be kept
                    places.setdefault(id(page.own), set()).add(self._place(self.numbers[name], number))
        for kept in places.values():
            if len(kept) > 1:
                raise Difference(f"one page is kept {len(kept)} times, at (object, page) {sorted(kept)}")

    def finish(self) -> None:
        """Law 1: when all is destroyed, all frames and slots are back."""
        for name in list(self.files):
            self.play(("close_file", name))
        for name in list(self.spaces):
            self.play(("destroy", name))
        self.bench.check()
        counters = self.bench.counters
        left = counters.frames_used - self.frames_at_start
        if left > 1 or (left == 1 and self.config.get("zero_page") == "off") or counters.page_frames:
            raise Difference(f"{left} frames are left when all is destroyed")
        if counters.swap_used:
            raise Difference(f"{counters.swap_used} swap slots are left when all is destroyed")

    def _drop_entries(self, dropper: random.Random) -> None:
        for name, space in self.spaces.items():
            for number in space.pages:
                if dropper.random() < 0.1:
                    self.bench.forget_entry(self.numbers[name], number * PAGE)

    def _place(self, number: int, page: int) -> tuple[int, int]:
        """Where the core keeps a page that was written."""
        for link in self.bench.chain(number, page * PAGE):
            if link.kind == "anonymous" and (link.frame is not None or link.swap_slot is not None):
                return link.object_id, link.page
        raise Difference(
            f"the core keeps nothing of page {page * PAGE:#x} in address space {number}, which was written"
        )

    def _compare(self, number: int, page_number: int, page: Page) -> None:
        if not page.exists:
            return
        content = page.content()
        seen = self.bench.peek(number, page_number * PAGE, PAGE)
        if seen is None or seen[: content.known] != content.data[: content.known]:
            at = None if seen is None else next(i for i in range(PAGE) if seen[i] != content.data[i])
            raise Difference(f"page {page_number * PAGE:#x} of address space {number} differs from byte {at}")

    # Outcomes

    def _settle(self, expected: Callable[[], object], actual: Callable[[], object]) -> object:
        """Both done; the reason when both refuse, None when both succeed. MemoryError when only the core ran out."""
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
        if got == wanted:
            return got
        if got == "no_memory":
            self._excuse("no_memory")
            raise MemoryError
        if got == "not_mapped" and self.failing:
            raise MemoryError
        raise Difference(f"the core answers {got}, the model {wanted}")

    def _excuse(self, what: str) -> None:
        """Raises Difference unless memory may have run out."""
        self.ran_out = True
        if self.failing:
            return
        counters = self.bench.counters
        wired, tables = counters.wired_pages, counters.frames_used - counters.page_frames
        frames = min(
            self.limit, self.frames_in_ram - tables - wired, int(self.config.get("process_frames", self.limit))
        )
        needed = distinct_contents(self.spaces) + OPERATION_FRAMES
        if self.eager:
            needed += max(len(space.pages) for space in self.spaces.values())
        if frames >= OPERATION_FRAMES and needed <= frames + self.config["swap"] // PAGE:
            raise Difference(
                f"{what}, but {needed} pages fit into {frames} frames and {self.config['swap'] // PAGE} swap slots"
            )

    @property
    def frames_in_ram(self) -> int:
        return int(self.config["ram"]) // PAGE

    def _reconcile(self, name: int, numbers: range) -> None:
        """After a failure on the way: a private page may have got a copy of its own, or not."""
        for number in numbers:
            page = self.spaces[name].pages.get(number)
            if page is None or page.shared:
                continue
            links = self.bench.chain(self.numbers[name], number * PAGE)
            kept = any(link.kind == "anonymous" and (link.frame, link.swap_slot) != (None, None) for link in links)
            page.own = Content(page.content().data, page.content().known) if kept else None

    # Address spaces

    def create(self, name: int) -> None:
        try:
            self.numbers[name] = self.bench.create()
        except MemoryError:
            return self._excuse("create")
        limit, gap = (int(self.config[key]) for key in ("stack_limit", "stack_guard_gap"))
        self.spaces[name] = Space(limit, gap)
        return None

    def fork(self, name: int, child: int) -> None:
        if name not in self.spaces:
            return None
        try:
            self.numbers[child] = self.bench.fork(self.numbers[name])
        except MemoryError:
            return self._excuse("fork")
        self.spaces[child] = self.spaces[name].fork(self.eager)
        return None

    def destroy(self, name: int) -> None:
        if name in self.spaces:
            self.bench.destroy(self.numbers[name])
            del self.spaces[name], self.numbers[name]

    def map(
        self,
        name: int,
        length: int,
        address: int | None,
        placement: str,
        rights: int,
        shared: bool,
        file: int | None,
        index: int,
    ) -> object:
        if name not in self.spaces or (file is not None and file not in self.files):
            return None
        space, where = self.spaces[name], []
        reason = self._settle(
            lambda: space.check_map(length, address, placement),
            lambda: where.append(
                self.bench.map(
                    self.numbers[name],
                    length,
                    address,
                    rights=LETTERS[rights],
                    shared=shared,
                    file=None if file is None else self.file_numbers[file],
                    offset=index * PAGE,
                    placement=placement,
                )
            ),
        )
        if reason is None:
            start = int(where[0])
            space.accept(start, length, address, placement)
            space.map(start, length, rights, shared, None if file is None else self.files[file], index)
            return start
        return reason

    def _on_range(
        self, name: int, op: str, start: int, length: int, model_op: Callable[[], object], *rest: Any
    ) -> object:
        try:
            answer = self._settle(model_op, lambda: getattr(self.bench, op)(self.numbers[name], start, length, *rest))
        except MemoryError:
            answer = "no_memory"
        if answer == "no_memory" or self.failing:
            self._reconcile(name, pages_of(start, length))
        return answer

    def unmap(self, name: int, start: int, length: int) -> object:
        if name not in self.spaces:
            return None
        return self._on_range(name, "unmap", start, length, lambda: self.spaces[name].unmap(start, length))

    def protect(self, name: int, start: int, length: int, rights: int) -> object:
        if name not in self.spaces:
            return None
        space = self.spaces[name]
        return self._on_range(
            name, "protect", start, length, lambda: space.protect(start, length, rights), LETTERS[rights]
        )

    def wire(self, name: int, start: int, length: int) -> object:
        if name not in self.spaces:
            return None
        return self._on_range(name, "wire", start, length, lambda: self.spaces[name].set_wired(start, length, True))

    def unwire(self, name: int, start: int, length: int) -> object:
        if name not in self.spaces:
            return None
        return self._on_range(name, "unwire", start, length, lambda: self.spaces[name].set_wired(start, length, False))

    def populate(self, name: int, start: int, length: int) -> object:
        if name not in self.spaces:
            return None
        return self._on_range(name, "populate", start, length, lambda: self.spaces[name].populate(start, length))

    def install_page(self, name: int, address: int, value: int, rights: int) -> object:
        if name not in self.spaces:
            return None
        data = value.to_bytes(4, "little")
        space = self.spaces[name]
        before = space.pages.get(address // PAGE)
        kept = None if before is None else before.content()
        try:
            return self._settle(
                lambda: space.install_page(address, data, rights),
                lambda: self.bench.install_page(self.numbers[name], address, data, LETTERS[rights]),
            )
        except MemoryError:
            page = space.pages[address // PAGE]
            if before is None:
                page.own = None  # the mapping was made before the frame was missing
                if not self.bench.maps(self.numbers[name]).find(address):
                    del space.pages[address // PAGE]
            else:
                assert kept is not None
                page.store(0, kept.data)
                self._reconcile(name, range(address // PAGE, address // PAGE + 1))
            return "no_memory"

    def set_heap_start(self, name: int, start: int) -> None:
        if name in self.spaces and not self.spaces[name].heap_start:
            self.bench.set_heap_start(self.numbers[name], start)
            self.spaces[name].heap_start = self.spaces[name].heap_end = start

    def set_break(self, name: int, end: int) -> object:
        if name not in self.spaces or not self.spaces[name].heap_start:
            return None
        return self._settle(
            lambda: self.spaces[name].set_break(end), lambda: self.bench.set_break(self.numbers[name], end)
        )

    def map_stack(self, name: int, top: int, initial: int) -> object:
        if name not in self.spaces or self.spaces[name].stack_top:
            return None
        return self._settle(
            lambda: self.spaces[name].map_stack(top, initial),
            lambda: self.bench.map_stack(self.numbers[name], top, initial),
        )

    # Accesses

    def read(self, name: int, address: int) -> object:
        return self._touch(name, address, READ, 0)

    def write(self, name: int, address: int, value: int) -> object:
        return self._touch(name, address, WRITE, value)

    def _touch(self, name: int, address: int, right: int, value: int) -> object:
        if name not in self.spaces:
            return None
        number = self.numbers[name]
        touch = self.bench.read(number, address) if right == READ else self.bench.write(number, address, value)
        page = self.spaces[name].touch(address, right)
        if touch.value is None:
            why = touch.faults[-1]
            if why == page:
                return why
            if why == "out_of_memory":
                self._excuse(f"a touch of {address:#x} in address space {number} is out of memory")
            elif not (why == "bus_error" and self.failing):
                raise Difference(f"{address:#x} in address space {number} ends in {why}, not in {page}")
            self._reconcile(name, range(address // PAGE, address // PAGE + 1))
            return why
        if isinstance(page, str):
            raise Difference(f"{address:#x} in address space {number} could be touched, not {page}")
        if right == WRITE:
            page.store(address % PAGE, value.to_bytes(4, "little"))
            return None
        wanted = page.content().word(address % PAGE)
        if wanted is not None and touch.value != wanted:
            raise Difference(f"{address:#x} in address space {number} reads {touch.value:#x}, not {wanted:#x}")
        return wanted

    # Files

    def create_file(self, name: int, size: int) -> None:
        data = random.Random(name).randbytes(size)
        self.files[name] = File(data)
        self.file_numbers[name] = self.bench.create_file(data)

    def close_file(self, name: int) -> None:
        if name in self.files:
            self.bench.close_file(self.file_numbers[name])
            del self.files[name], self.file_numbers[name]

    def truncate(self, name: int, size: int) -> None:
        if name in self.files:
            self.bench.truncate(self.file_numbers[name], size)
            self.files[name].resize(size)

    def read_file(self, name: int, position: int, size: int) -> object:
        if name not in self.files:
            return None
        wanted = bytes(self.files[name].data[position : position + size])
        try:
            got = self.bench.read_file(self.file_numbers[name], position, size)
        except (MemoryError, OSError) as error:
            self._excuse_file(error)
            return None
        if got != wanted and (not wanted.startswith(got) or not self._may_end_early("read_file")):
            raise Difference(f"file {name} differs where it is read at {position}")
        return got

    def write_file(self, name: int, position: int, word: int, times: int) -> object:
        if name not in self.files:
            return None
        data = word.to_bytes(4, "little") * times
        try:
            done = self.bench.write_file(self.file_numbers[name], position, data)
        except (MemoryError, OSError) as error:
            self._excuse_file(error)
            return None
        if done < len(data):
            self._may_end_early("write_file")
        self.files[name].write(position, data[:done])
        return done

    def _may_end_early(self, what: str) -> bool:
        self._excuse(what)
        return True

    def _excuse_file(self, error: Exception) -> None:
        if isinstance(error, OSError) and not self.failing:
            raise Difference("a disk failed by itself") from error
        self._excuse(str(error))

    # What must change no answer

    def forget_entry(self, name: int, address: int) -> None:
        if name in self.spaces:
            self.bench.forget_entry(self.numbers[name], address)

    def evict_one(self) -> None:
        self.bench.evict_one()

    def balance(self) -> None:
        self.bench.balance()

    def set_frames(self, frames: int) -> None:
        self.limit = frames
        self.bench.set_frames(frames)

    def with_failing(self, disk: str, direction: str, transfers: int, step: Step) -> None:
        """One step while a disk fails; what it could not do is no difference, what it changed is."""
        self.bench.fail_disk(disk, direction, transfers)
        self.failing = True
        getattr(self, step[0])(*step[1:])
        self.failing = False
        self.bench.fail_disk(disk, direction, 0)
