# SPDX-License-Identifier: GPL-2.0-only
"""Each replacement policy once more, written as plainly as its definition, to hold the core's against.

Frames are an array here, hands are indices, recency and frequency are read off the history: nothing is kept that can be
looked up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Slot:
    """A page in a frame."""

    page: int
    loaded_at: int
    accessed: bool = False
    modified: bool = False
    history: str = "00000000"  # A bits at the last eight sweeps, the latest first
    seen_at: int | None = None  # when a look found it accessed


@dataclass
class Model:
    """Demand paging; a subclass says which slot is given up when a page wants to come into full memory."""

    references: Sequence[int]
    writes: Sequence[bool]
    frames: int
    tick: int = 0
    slots: list[Slot] = field(default_factory=list)
    now: int = 0  # references so far, the current one included

    def run(self) -> list[tuple[bool, int, int | None]]:
        """Of each reference: whether it hit, the frame, the page that left."""
        return list(self._steps())

    def _steps(self) -> Iterator[tuple[bool, int, int | None]]:
        for page, write in zip(self.references, self.writes, strict=True):
            self.now += 1
            pages = [slot.page for slot in self.slots]
            victim = None
            if hit := page in pages:
                frame = pages.index(page)
            elif len(self.slots) < self.frames:
                frame = len(self.slots)
                self.slots.append(Slot(page, self.now))
            else:
                frame = self.choose()
                victim = pages[frame]
                self.slots[frame] = Slot(page, self.now)
            self.loaded(frame, hit)
            self.slots[frame].accessed = True
            self.slots[frame].modified |= write
            yield hit, frame, victim
            if self.tick and self.now % self.tick == 0:
                self.on_tick()

    def choose(self) -> int:
        raise NotImplementedError

    def on_tick(self) -> None: ...

    def loaded(self, frame: int, hit: bool) -> None: ...

    def least(self, key: Callable[[Slot], Any]) -> int:
        """The frame whose slot has the least key; of equals the one that was loaded first."""
        return min(range(self.frames), key=lambda frame: (key(self.slots[frame]), self.slots[frame].loaded_at))

    def uses(self, slot: Slot) -> list[int]:
        """When the page was referenced since it came in."""
        past = range(slot.loaded_at, self.now)
        return [time for time in past if self.references[time - 1] == slot.page]


class Fifo(Model):
    def choose(self) -> int:
        return self.least(lambda slot: slot.loaded_at)


class Lru(Model):
    def choose(self) -> int:
        return self.least(lambda slot: self.uses(slot)[-1])


class Mru(Model):
    def choose(self) -> int:
        return self.least(lambda slot: -self.uses(slot)[-1])


class Lfu(Model):
    def choose(self) -> int:
        return self.least(lambda slot: (len(self.uses(slot)), self.uses(slot)[-1]))


class Opt(Model):
    def choose(self) -> int:
        return self.least(lambda slot: (self.minus_next_use(slot), self.uses(slot)[-1]))

    def minus_next_use(self, slot: Slot) -> float:
        future = self.references[self.now - 1 :]
        return -future.index(slot.page) if slot.page in future else -math.inf


class Clock(Model):
    hand = 0

    def choose(self) -> int:
        while self.slots[self.hand].accessed:
            self.slots[self.hand].accessed = False
            self.hand = (self.hand + 1) % self.frames
        victim = self.hand
        self.hand = (self.hand + 1) % self.frames
        return victim


@dataclass
class TwoHandedClock(Model):
    hand_spread: int | None = None
    trailing: int = 0  # both count on without end
    leading: int = 0

    def choose(self) -> int:
        half = max(self.frames // 2, 1)
        spread = min(half if self.hand_spread is None else self.hand_spread, self.frames - 1)
        while True:
            while self.leading < self.trailing + spread:
                self.slots[self.leading % self.frames].accessed = False
                self.leading += 1
            frame = self.trailing % self.frames
            self.trailing += 1
            if not self.slots[frame].accessed or self.frames == 1:
                return frame


class Nru(Model):
    def choose(self) -> int:
        victim = self.least(lambda slot: 2 * slot.accessed + slot.modified)
        if not self.tick:
            self.on_tick()
        return victim

    def on_tick(self) -> None:
        for slot in self.slots:
            slot.accessed = False


class Aging(Model):
    def choose(self) -> int:
        if not self.tick:
            self.on_tick()
        return self.least(lambda slot: (slot.accessed, slot.history))

    def on_tick(self) -> None:
        for slot in self.slots:
            slot.history = ("1" if slot.accessed else "0") + slot.history[:-1]
            slot.accessed = False


@dataclass
class WorkingSet(Model):
    tau: int = 1000

    def look(self, slot: Slot) -> int:
        """How long ago the page was used."""
        if slot.accessed:
            slot.accessed, slot.seen_at = False, self.now
        assert slot.seen_at is not None
        return self.now - slot.seen_at

    def on_tick(self) -> None:
        for slot in self.slots:
            self.look(slot)

    def choose(self) -> int:
        ages = [self.look(slot) for slot in self.slots]
        outside = [frame for frame, age in enumerate(ages) if age >= self.tau]
        if outside:
            return min(outside, key=lambda frame: self.slots[frame].loaded_at)
        return self.least(lambda slot: slot.seen_at)


@dataclass
class WsClock(WorkingSet):
    hand: int = 0

    def on_tick(self) -> None: ...

    def choose(self) -> int:
        ring = [(self.hand + step) % self.frames for step in range(self.frames)]
        ages = {}
        for frame in ring:
            ages[frame] = self.look(self.slots[frame])
            if ages[frame] >= self.tau and not self.slots[frame].modified:
                self.hand = (frame + 1) % self.frames
                return frame
        outside = [frame for frame in ring if ages[frame] >= self.tau]
        clean = [frame for frame in ring if not self.slots[frame].modified]
        victim = outside[0] if outside else max(clean or ring, key=ages.__getitem__)
        self.hand = (victim + 1) % self.frames
        return victim


@dataclass
class ActiveInactive(Model):
    active: list[Slot] = field(default_factory=list)
    inactive: list[Slot] = field(default_factory=list)

    def loaded(self, frame: int, hit: bool) -> None:
        if not hit:
            self.active.append(self.slots[frame])

    def choose(self) -> int:
        while True:
            while len(self.inactive) < max(self.frames // 3, 1):
                self.inactive.append(self.active.pop(0))
                self.inactive[-1].accessed = False
            slot = self.inactive.pop(0)
            if not slot.accessed:
                return self.slots.index(slot)
            slot.accessed = False
            self.active.append(slot)


MASK = 2**64 - 1


@dataclass
class Random(Model):
    seed: int = 0
    drawn_from: list[int] = field(default_factory=list)  # frames; the last takes the place of one that left

    def loaded(self, frame: int, hit: bool) -> None:
        if not hit:
            self.drawn_from.append(frame)

    def choose(self) -> int:
        place = (self.next_number() >> 32) * self.frames >> 32
        victim = self.drawn_from[place]
        self.drawn_from[place] = self.drawn_from[-1]
        self.drawn_from.pop()
        return victim

    def next_number(self) -> int:
        """SplitMix64."""
        self.seed = (self.seed + 0x9E3779B97F4A7C15) & MASK
        mixed = self.seed
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & MASK
        return mixed ^ mixed >> 31


MODELS: dict[str, type[Model]] = {
    "fifo": Fifo,
    "lru": Lru,
    "aging": Aging,
    "random": Random,
    "second-chance": Clock,
    "clock": Clock,
    "two-handed-clock": TwoHandedClock,
    "nru": Nru,
    "lfu": Lfu,
    "mru": Mru,
    "working-set": WorkingSet,
    "wsclock": WsClock,
    "active-inactive": ActiveInactive,
    "opt": Opt,
}
