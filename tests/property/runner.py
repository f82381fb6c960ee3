# SPDX-License-Identifier: GPL-2.0-only
"""Plays steps on a Workbench and on the model at once, and raises Difference where they part."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

from tests.property.comparison import Difference, Failed
from tests.property.contents import PAGE, Shared
from tests.property.file_steps import FileSteps, on_space
from tests.property.model import READ, WRITE, Page, Refused, Space, pages_of, promise_of

import vmlab

Step = tuple[Any, ...]
LETTERS = ("", "r", "w", "rw")
MOST_TRIES = 50  # of one access, each of which waits for a page or a frame that comes


class Runner(FileSteps):
    """A step is a tuple: the name of a method here and its arguments.

    Steps name address spaces and files by numbers of their own, so that a step means the same when others are left out.
    """

    def __init__(self, config: dict[str, Any], dropper: random.Random | None = None, patient: bool = False) -> None:
        super().__init__(config)
        self.dropper = dropper
        self.patient = patient  # no access ends because a disk must be waited for
        self.answers: list[object] = []

    def play(self, step: Step) -> None:
        if self.dropper is not None:
            self._drop_entries(self.dropper)
        self.committed, self.wanted = self.bench._core.committed_pages(), 0
        self.failing = self.is_transfer_doomed()
        try:
            answer = getattr(self, step[0])(*step[1:])
        except Difference:
            raise
        except AssertionError as error:
            raise Difference(f"{step}: {error}") from error
        except vmlab.Panic as panic:
            raise Difference(f"{step}: {panic}") from panic
        self.answers.append(answer)

    def finish(self) -> None:
        """Destroys all, after which nothing may be left."""
        for name in list(self.files):
            self.play(("close_file", name))
        for name in list(self.devices):
            self.play(("close_device", name))
        for name in list(self.spaces):
            self.play(("destroy", name))
        self.check_nothing_is_left()

    def _drop_entries(self, dropper: random.Random) -> None:
        for name, space in self.spaces.items():
            for number in space.pages:
                if dropper.random() < 0.1:
                    self.bench.forget_entry(self.numbers[name], number * PAGE)

    # Address spaces

    def create(self, name: int) -> None:
        guaranteed = self.may_guarantee_another()
        try:
            self.numbers[name] = self.bench.create()
        except MemoryError:
            if guaranteed:
                self.excuse("create")
            return
        if not guaranteed:
            raise Difference("create guaranteed a working set more, which is too much")
        self.spaces[name] = Space(
            self.config["stack_limit"], self.config["stack_guard_gap"], self.strict, lambda pages: self.allows(pages)
        )

    @on_space
    def fork(self, name: int, child: int) -> None:
        parent = self.spaces[name]
        refused = self.strict and not self.allows(parent.charged())
        guaranteed = self.may_guarantee_another()
        try:
            self.numbers[child] = self.bench.fork(self.numbers[name])
        except MemoryError:
            if guaranteed and not refused:
                self.wanted = 0 if self.strict else self._largest_area(name)
                self.excuse("fork")
            return
        if not guaranteed:
            raise Difference("fork guaranteed a working set more, which is too much")
        if refused:
            raise Difference(f"fork promised {parent.charged()} pages more, which is too much")
        self.spaces[child] = parent.fork(self.eager)

    def _largest_area(self, name: int) -> int:
        """What fork asks for at once at most."""
        records = self.bench._core.mappings(self.numbers[name])
        return max(((record.end - record.start) // PAGE for record in records), default=0)

    @on_space
    def destroy(self, name: int) -> None:
        self.bench.destroy(self.numbers[name])
        del self.spaces[name], self.numbers[name]

    @on_space
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
        reserve: bool = True,
    ) -> object:
        if file is not None and file not in self.files and file not in self.devices:
            return None
        space, where = self.spaces[name], []
        options: dict[str, Any] = {"rights": LETTERS[rights], "shared": shared, "offset": index * PAGE}
        options |= {"placement": placement, "reserve": reserve}
        fresh = Page(rights, shared, Shared() if shared else None, index)
        if file in self.files:
            options["file"], fresh.source, fresh.kind = self.file_numbers[file], self.files[file], "file"
        elif file in self.devices:
            options["device"], fresh.source, fresh.kind = self.device_numbers[file], self.devices[file], "file"
        fresh.promise = promise_of(rights, shared, reserve, self.strict)

        def expected() -> None:
            space.check_map(length, address, placement)
            space.check_promise(length, address if placement.startswith("fixed") else None, fresh)

        reason = self.settle(
            expected, lambda: where.append(self.bench.map(self.numbers[name], length, address, **options))
        )
        if reason is None:
            space.accept(where[0], length, address, placement)
            space.map(where[0], length, fresh)
            return int(where[0])
        return reason

    def _on_range(
        self, name: int, op: str, start: int, length: int, model_op: Callable[[], object], *rest: Any
    ) -> object:
        """An operation that may stop halfway when memory runs out or a disk fails."""
        answer: str | None
        try:
            answer = self.settle(model_op, lambda: getattr(self.bench, op)(self.numbers[name], start, length, *rest))
        except Failed:
            answer = "failed"
        if answer in ("failed", "no_memory") or self.failing:
            self.reconcile(name, pages_of(start, length))
        return answer

    @on_space
    def unmap(self, name: int, start: int, length: int) -> object:
        return self._on_range(name, "unmap", start, length, lambda: self.spaces[name].unmap(start, length))

    @on_space
    def protect(self, name: int, start: int, length: int, rights: int) -> object:
        space = self.spaces[name]
        change = functools.partial(space.protect, start, length, rights)
        self.wanted = space.unpromised(start, length) if rights & WRITE else 0
        answer = self._on_range(name, "protect", start, length, change, LETTERS[rights])
        if answer in ("failed", "no_memory"):
            # What lies before what could not be promised has changed; mappings are the core's to cut.
            for record in self.bench._core.mappings(self.numbers[name]):
                for number in pages_of(start, length):
                    if record.start <= number * PAGE < record.end:
                        space.set_rights(space.pages[number], record.protection)
        return answer

    @on_space
    def wire(self, name: int, start: int, length: int) -> object:
        return self._on_range(name, "wire", start, length, lambda: self.spaces[name].set_wired(start, length, True))

    @on_space
    def unwire(self, name: int, start: int, length: int) -> object:
        return self._on_range(name, "unwire", start, length, lambda: self.spaces[name].set_wired(start, length, False))

    @on_space
    def populate(self, name: int, start: int, length: int) -> object:
        return self._on_range(name, "populate", start, length, lambda: self.spaces[name].populate(start, length))

    @on_space
    def advise(self, name: int, start: int, length: int, advice: str) -> object:
        forgets = self.config["dont_need"] == "forget"
        change = functools.partial(self.spaces[name].advise, start, length, advice, forgets)
        return self._on_range(name, "advise", start, length, change, advice)

    @on_space
    def synchronize(self, name: int, start: int, length: int) -> object:
        # As advice that changes nothing: the same ranges are refused.
        look = functools.partial(self.spaces[name].advise, start, length, "will_need", False)
        return self._on_range(name, "synchronize", start, length, look)

    @on_space
    def remap(self, name: int, start: int, length: int, new_length: int, placement: str, target: int) -> object:
        space, where = self.spaces[name], []
        length = -(-length // PAGE) * PAGE
        if not length and start // PAGE in space.pages and space.pages[start // PAGE].shared:
            return None  # it would be mapped a second time
        fixed = target if placement == "fixed" else None
        # Where it grows in place it must stay, where it may not move it refuses; elsewhere the core chooses.
        stays = fixed is None and space.grows_in_place(start, length, new_length)

        def expected() -> None:
            space.check_remap(start, length, new_length, fixed)
            self.wanted = space.growth_to_promise(start, length, new_length)
            if placement == "hint" and not stays:
                raise Refused("no_memory")

        try:
            reason = self.settle(
                expected,
                lambda: where.append(
                    self.bench.remap(
                        self.numbers[name], start, length, new_length, placement=placement, new_address=target
                    )
                ),
            )
        except Failed:
            # As Linux: what lay at the new place is gone by then.
            if fixed is not None:
                space.unmap(fixed, new_length)
            return "no_memory"
        if reason is not None:
            return reason
        if stays:
            assert where[0] == start
        else:
            space.accept(where[0], new_length, target, placement)
        space.remap(start, length, new_length, where[0])
        added = pages_of(where[0] + length, max(0, new_length - length))
        if any(space.pages[number].wired for number in added):
            self.reconcile(name, added)  # brought in at once, as far as that could be
        return int(where[0])

    @on_space
    def install_page(self, name: int, address: int, value: int, rights: int) -> object:
        data = value.to_bytes(4, "little")
        space, number = self.spaces[name], address // PAGE
        before = space.pages.get(number)
        content = None if before is None else before.content()
        try:
            return self.settle(
                lambda: space.install_page(address, data, rights),
                lambda: self.bench.install_page(self.numbers[name], address, data, LETTERS[rights]),
            )
        except Failed:
            page = space.pages[number]
            if content is not None:
                page.store(0, content.data)
                self.reconcile(name, range(number, number + 1))
            elif self.bench.maps(self.numbers[name]).find(address):
                page.own = None  # it was mapped before the frame was missing
            else:
                del space.pages[number]
            return "failed"

    @on_space
    def set_heap_start(self, name: int, start: int) -> None:
        if not self.spaces[name].heap_start:
            self.bench.set_heap_start(self.numbers[name], start)
            self.spaces[name].heap_start = self.spaces[name].heap_end = start

    @on_space
    def set_break(self, name: int, end: int) -> object:
        space = self.spaces[name]
        if not space.heap_start:
            return None
        before = space.heap_end
        try:
            return self.settle(lambda: space.set_break(end), lambda: self.bench.set_break(self.numbers[name], end))
        except Failed:
            space.set_break(before)
            return "failed"

    @on_space
    def map_stack(self, name: int, top: int, initial: int) -> object:
        if self.spaces[name].stack_top:
            return None
        return self.settle(
            lambda: self.spaces[name].map_stack(top, initial),
            lambda: self.bench.map_stack(self.numbers[name], top, initial),
        )

    # Accesses

    @on_space
    def read(self, name: int, address: int, wait: bool = True) -> object:
        touch = self.bench.read(self.numbers[name], address, wait=wait or self.patient)
        page = self.spaces[name].touch(address, READ)
        if touch.value is None or isinstance(page, str):
            return self._untouched(name, address, touch, page)
        word = touch.value.to_bytes(4, "little")
        content = page.content()
        if not content.accepts(word, address % PAGE):
            raise Difference(f"{address:#x} in address space {self.numbers[name]} reads {touch.value:#x}")
        return touch.value if address % PAGE + 4 <= content.known and not content.freed else None

    @on_space
    def write(self, name: int, address: int, value: int, wait: bool = True) -> object:
        number = self.numbers[name]
        mapped = self.spaces[name].pages.get(address // PAGE)
        if mapped is not None and mapped.own is not None and mapped.own.freed:
            self._compare(number, address // PAGE, mapped)  # to settle what it holds now
        touch = self.bench.write(number, address, value, wait=wait or self.patient)
        page = self.spaces[name].touch(address, WRITE)
        if touch.value is None or isinstance(page, str):
            return self._untouched(name, address, touch, page)
        page.store(address % PAGE, value.to_bytes(4, "little"))
        return None

    @on_space
    def persist(self, name: int, address: int, value: int | None) -> object:
        """An access that does not wait, and again each time a transfer is over, as a process would that sleeps."""
        for _ in range(MOST_TRIES):
            answer = self.read(name, address, False) if value is None else self.write(name, address, value, False)
            if answer != "blocked" or name not in self.spaces:
                return answer
            self.bench.advance(max(0, self.bench.transfers[0].ends_at - self.bench.now))
        if self.failing:
            return answer  # the disk fails more often than that
        raise Difference(f"{address:#x} in address space {self.numbers[name]} is blocked for ever")

    def _untouched(self, name: int, address: int, touch: vmlab.workbench.Touch, page: Page | str) -> object:
        """An access that one of both refused."""
        where = f"{address:#x} in address space {self.numbers[name]}"
        if touch.value is not None:
            raise Difference(f"{where} could be touched, not {page}")
        why = touch.faults[-1]
        if why == page:
            return why
        if why == "blocked" and not isinstance(page, str):
            if not self.bench.transfers:
                raise Difference(f"{where} is blocked, and no transfer is under way")
            self.reconcile(name, range(address // PAGE, address // PAGE + 1))
            return why
        if why == "out_of_memory":
            self.excuse(f"{where} is out of memory")
        elif not (why == "bus_error" and self.failing):
            raise Difference(f"{where} ends in {why}, not in {page}")
        self.reconcile(name, range(address // PAGE, address // PAGE + 1))
        return why

    # What must change no answer

    @on_space
    def forget_entry(self, name: int, address: int) -> None:
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
        before = self.transfers_under_way()
        self.bench.fail_disk(disk, direction, transfers)
        self.failing = True
        getattr(self, step[0])(*step[1:])
        self.doomed |= self.transfers_under_way() - before
        self.failing = self.is_transfer_doomed()
        self.bench.fail_disk(disk, direction, 0)

    def advance(self, time: int) -> None:
        self.bench.advance(time)
