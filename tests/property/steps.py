# SPDX-License-Identifier: GPL-2.0-only
"""Random configurations and random steps: plain tuples that a Runner plays, and that can be written down."""

from __future__ import annotations

import random
from typing import Any

from tests.property.contents import PAGE, File
from tests.property.model import READ, WRITE, Space
from tests.property.runner import Runner, Step

from vmlab import _core

# An arena that lies across two page tables, with a heap and a stack elsewhere.
ARENA_PAGES = 24
ARENA = 0x10000000 - ARENA_PAGES // 2 * PAGE
HEAP = 0x18000000
STACK_TOP = 0x20000000
STACK_LIMIT_PAGES = 12

MOST_SPACES = 6
MOST_FILES = 3
MOST_DEVICES = 2
FILE_PAGES = 6

Config = dict[str, Any]


POLICIES = tuple(next(field.choices for field in _core.profile_fields() if field.name == "replacement"))


def random_config(rng: random.Random) -> Config:
    """A profile with fields of its own, and sizes from cramped to ample."""
    config: Config = {
        "ram": rng.choice((24, 32, 48, 64, 96, 192)) * PAGE,
        "frames": rng.choice((None, None, 3, 5, 8, 16, 40)),
        "swap": rng.choice((0, 4, 16, 64, 512)) * PAGE,
        "profile": rng.choice(("linux", "bsd44", "pintos", "windows")),
        "seed": rng.randrange(1 << 16),
        "tlb": rng.choice(("flush", "tagged")),
        "stale": rng.choice(("ignored", "honoured")),
        "stack_limit": STACK_LIMIT_PAGES * PAGE,
        "stack_guard_gap": rng.choice((0, 2)) * PAGE,
        "fork": rng.choice(("cow", "cow", "cow", "eager")),
        "fork_entries": rng.choice(("copied", "empty")),
        "shadows": rng.choice(("first_write", "fork")),
        "zero_page": rng.choice(("off", "on")),
        "heap": rng.choice(("lazy", "eager")),
        "dont_need": rng.choice(("forget", "forget", "deactivate")),
        "replacement": rng.choice(("fifo", "clock", rng.choice(POLICIES))),
        "policy_tick": rng.choice((0, 20)),
        "tau": rng.choice((5, 100)),
        "scope": rng.choice(("global", "local")),
        "overcommit": rng.choice(("heuristic", "always", "never")),
        "overcommit_ratio": rng.choice((50, 50, 100)),
        "commit_limit": rng.choice((0, 0, 30, 80)),
        "zero_ahead": rng.choice((0, 0, 2, 8)),
        "dma_frames": rng.choice((0, 0, 8, 40)),
        "modified_limit": rng.choice((1, 4, 1 << 20)),
        "swap_disk": rng.choice(("memory", "ssd", "hdd")),
        "file_disk": rng.choice(("memory", "ssd", "hdd")),
        "readahead": rng.choice((1, 1, 2, 8)),
        "cluster": rng.choice((1, 1, 3, 8)),
        "write_back_age": rng.choice((0, 0, 40, 300_000)),
    }
    if config["scope"] == "local":
        config["process_frames"] = rng.choice((3, 6, 20))
        config["balance_tick"] = rng.choice((0, 1, 50))
        config["working_set_minimum"] = rng.choice((0, 0, 1, 3))
    else:
        config["working_set_minimum"] = 0  # as the profile windows has it, and only local replacement keeps it
    low = rng.choice((0, 0, 4, 10))
    config["low_watermark"] = low
    config["high_watermark"] = low + rng.choice((0, 4, 10)) if low else 0
    return config


def ample_config(rng: random.Random) -> Config:
    """A configuration in which memory does not run out, so that two runs of the same steps give the same answers."""
    config = random_config(rng)
    config |= {"ram": 512 * PAGE, "frames": rng.choice((20, 40, 80)), "swap": 2048 * PAGE, "commit_limit": 0}
    if config["scope"] == "local":
        config["process_frames"] = 20
    return config


KINDS = {
    "read": 40,
    "write": 60,
    "map": 8,
    "unmap": 3,
    "protect": 5,
    "fork": 8,
    "destroy": 4,
    "create": 0.2,
    "wire": 2,
    "unwire": 2,
    "populate": 1,
    "advise": 6,
    "synchronize": 3,
    "remap": 4,
    "install_page": 1,
    "set_break": 2,
    "map_stack": 0.5,
    "create_file": 1,
    "close_file": 0.2,
    "truncate": 2,
    "read_file": 2,
    "write_file": 3,
    "create_device": 0.3,
    "close_device": 0.2,
    "read_device": 1,
    "forget_entry": 8,
    "evict_one": 5,
    "balance": 3,
    "advance": 6,
    "set_frames": 0.2,
    "with_failing": 1,
}


class StepMaker:
    """Chooses each next step with the model at hand, so that most of them can be done."""

    def __init__(self, rng: random.Random, runner: Runner) -> None:
        self.rng = rng
        self.runner = runner
        self.next_name = 1
        self.last_range = (ARENA, PAGE)
        self.planned: list[Step] = []
        self.files_share = rng.choice((0.2, 0.4, 0.9))  # of mappings
        self.sharing = rng.choice((0.1, 0.3, 0.6))
        self.weights = [weight * rng.choice((1, 1, 1, 4)) for weight in KINDS.values()]

    def next(self) -> Step:
        runner = self.runner
        if self.planned:
            return self.planned.pop(0)
        if not runner.spaces:
            return ("create", self._new_name())
        kind = self.rng.choices(list(KINDS), self.weights)[0]
        return self._make(kind)

    def _make(self, kind: str) -> Step:
        spaces = self.runner.spaces
        name = self.rng.choice(list(spaces))
        if not spaces[name].pages and kind not in ("destroy", "set_break", "create_file"):
            kind = self.rng.choice(("map", "map", "map_stack", "set_break", "destroy"))
        maker = getattr(self, f"_{kind}", None)
        if maker is None:
            return (kind,)
        step: Step = maker(name, spaces[name])
        return step

    def _new_name(self) -> int:
        self.next_name += 1
        return self.next_name - 1

    # Places

    def _page(self, space: Space) -> int:
        """A page number: mostly of a mapped page, else one near the arena, the heap and the stack."""
        if self.rng.random() < 0.1:
            return self.last_range[0] // PAGE
        if space.stack_top and self.rng.random() < 0.05:
            return STACK_TOP // PAGE - self.rng.randrange(1, STACK_LIMIT_PAGES + 2)
        if space.pages and self.rng.random() < 0.95:
            return self.rng.choice(list(space.pages))
        if space.stack_top and self.rng.random() < 0.5:
            return STACK_TOP // PAGE - self.rng.randrange(1, STACK_LIMIT_PAGES + 2)
        return self.rng.choice((ARENA // PAGE, HEAP // PAGE - 1)) + self.rng.randrange(ARENA_PAGES)

    def _address(self, space: Space, right: int) -> int:
        """Mostly one where the access is allowed."""
        page = self._page(space)
        for _ in range(4):
            if page not in space.pages or (space.pages[page].rights & right and space.pages[page].exists):
                break
            page = self._page(space)
        return page * PAGE + self.rng.choice((0, 4, 100, 2047, 4092))

    def _range(self, space: Space) -> tuple[int, int]:
        """Often the same as before, so that operations meet."""
        if self.rng.random() < 0.6:
            self.last_range = self._new_range(space)
        return self.last_range

    def _new_range(self, space: Space) -> tuple[int, int]:
        start = self._page(space)
        length = self.rng.choice((1, 1, 1, 2, 3, 5))
        if self.rng.random() < 0.01:
            length = ARENA_PAGES
        if self.rng.random() < 0.01:
            return start * PAGE + self.rng.choice((0, 100)), self.rng.choice((0, 100, PAGE))
        return start * PAGE, length * PAGE

    # Steps

    def _create(self, *_: Any) -> Step:
        if len(self.runner.spaces) >= MOST_SPACES:
            return ("balance",)
        return ("create", self._new_name())

    def _fork(self, name: int, _: Space) -> Step:
        if len(self.runner.spaces) >= MOST_SPACES:
            return ("destroy", self.rng.choice(list(self.runner.spaces)))
        return ("fork", name, self._new_name())

    def _destroy(self, name: int, _: Space) -> Step:
        return ("destroy", name)

    def _map(self, name: int, space: Space) -> Step:
        rng = self.rng
        shown = [*self.runner.files, *self.runner.devices]
        file = rng.choice(shown) if shown and rng.random() < self.files_share else None
        placement = rng.choice(("fixed", "fixed", "fixed", "anywhere", "hint", "fixed_no_replace"))
        length = rng.choice((1, 2, 3, 4, 8)) * PAGE - rng.choice((0, 0, 0, 100))
        address = None
        if placement != "anywhere":
            address = self._range(space)[0] if rng.random() < 0.3 else ARENA + rng.randrange(ARENA_PAGES) * PAGE
        if rng.random() < 0.02:
            length, address = rng.choice(((0, address), (2 * PAGE, 0xBFFFF000), (600 * PAGE, ARENA)))
        if space.stack_top and rng.random() < 0.15:  # in the way of the stack
            length, placement = PAGE, "fixed_no_replace"
            address = STACK_TOP - rng.randrange(1, STACK_LIMIT_PAGES + 2) * PAGE
        rights = rng.choice((3, 3, 3, 3, 1, 0))
        shared = rng.random() < self.sharing
        index = 0 if file is None else rng.choice((0, 0, 1, 2))
        return ("map", name, length, address, placement, rights, shared, file, index, rng.random() < 0.8)

    def _unmap(self, name: int, space: Space) -> Step:
        return ("unmap", name, *self._range(space))

    def _protect(self, name: int, space: Space) -> Step:
        return ("protect", name, *self._range(space), self.rng.choice((0, 1, 3, 3)))

    def _wire(self, name: int, space: Space) -> Step:
        return ("wire", name, *self._range(space))

    def _unwire(self, name: int, space: Space) -> Step:
        return ("unwire", name, *self._range(space))

    def _populate(self, name: int, space: Space) -> Step:
        start, _ = self._range(space)
        return ("populate", name, start & -PAGE, self.rng.choice((1, 3, 6)) * PAGE)

    def _advise(self, name: int, space: Space) -> Step:
        advice = self.rng.choice(("will_need", "dont_need", "dont_need", "free", "free", "normal", "random"))
        start, length = self._range(space)
        if advice == "free" and self.rng.random() < 0.5:
            # Written again, then in want of its frame: what is kept then must not be what was freed.
            self.planned = [
                ("write", name, start, self.rng.getrandbits(32)),
                *[("evict_one",)] * self.rng.choice((1, 4)),
            ]
        return ("advise", name, start, length, advice)

    def _synchronize(self, name: int, space: Space) -> Step:
        return ("synchronize", name, *self._range(space))

    def _remap(self, name: int, space: Space) -> Step:
        start, length = self._range(space)
        new_length = self.rng.choice((1, 2, 3, 5, 8)) * PAGE if self.rng.random() < 0.98 else 0
        placement = self.rng.choice(("anywhere", "hint", "fixed"))
        target = self._range(space)[0] if self.rng.random() < 0.3 else ARENA + self.rng.randrange(ARENA_PAGES) * PAGE
        return ("remap", name, start, length, new_length, placement, target)

    def _install_page(self, name: int, space: Space) -> Step:
        return ("install_page", name, self._page(space) * PAGE, self.rng.getrandbits(32), self.rng.choice((1, 3)))

    def _set_break(self, name: int, space: Space) -> Step:
        if not space.heap_start:
            return ("set_heap_start", name, HEAP + self.rng.choice((0, 20, PAGE)))
        return ("set_break", name, HEAP + self.rng.randrange(-PAGE // 8, 8 * PAGE))

    def _map_stack(self, name: int, _: Space) -> Step:
        return ("map_stack", name, STACK_TOP, self.rng.choice((1, 3)) * PAGE)

    def _read(self, name: int, space: Space) -> Step:
        address = self._address(space, READ)
        return self._impatiently(("read", name, address), ("persist", name, address, None))

    def _impatiently(self, step: Step, persistent: Step) -> Step:
        """Some accesses end, or try again, where a disk must be waited for."""
        chosen = self.rng.random()
        return (*step, False) if chosen < 0.3 else persistent if chosen < 0.45 else step

    def _write(self, name: int, space: Space) -> Step:
        address, value = self._address(space, WRITE), self.rng.choice((0, self.rng.getrandbits(32)))
        return self._impatiently(("write", name, address, value), ("persist", name, address, value))

    def _advance(self, *_: Any) -> Step:
        return ("advance", self.rng.choice((10, 1_000, 110_000, 1_000_000, 30_000_000)))

    def _create_file(self, *_: Any) -> Step:
        if len(self.runner.files) >= MOST_FILES:
            return ("balance",)
        return ("create_file", self._new_name(), self._size())

    def _size(self) -> int:
        return self.rng.choice((0, 100, PAGE, 2 * PAGE, self.rng.randrange(FILE_PAGES * PAGE)))

    def _file(self) -> tuple[int, File] | None:
        return self.rng.choice(list(self.runner.files.items())) if self.runner.files else None

    def _close_file(self, *_: Any) -> Step:
        file = self._file()
        return ("close_file", file[0]) if file else ("create_file", self._new_name(), self._size())

    def _truncate(self, *_: Any) -> Step:
        file = self._file()
        return ("truncate", file[0], self._size()) if file else ("create_file", self._new_name(), self._size())

    def _read_file(self, *_: Any) -> Step:
        file = self._file()
        if not file:
            return ("create_file", self._new_name(), self._size())
        return ("read_file", file[0], self._position(file[1]), self.rng.choice((1, 100, PAGE, 3 * PAGE)))

    def _write_file(self, *_: Any) -> Step:
        file = self._file()
        if not file:
            return ("create_file", self._new_name(), self._size())
        times = self.rng.choice((1, 30, 1100, 2100))
        return ("write_file", file[0], self._position(file[1]), self.rng.getrandbits(32), times)

    def _position(self, file: File) -> int:
        return self.rng.randrange(len(file.data) + self.rng.choice((1, 200, PAGE)))

    def _create_device(self, *_: Any) -> Step:
        if len(self.runner.devices) >= MOST_DEVICES:
            return ("balance",)
        return ("create_device", self._new_name(), self.rng.choice((1, 2, 4)))

    def _close_device(self, *_: Any) -> Step:
        devices = self.runner.devices
        return ("close_device", self.rng.choice(list(devices))) if devices else self._create_device()

    def _read_device(self, *_: Any) -> Step:
        devices = self.runner.devices
        return ("read_device", self.rng.choice(list(devices))) if devices else self._create_device()

    def _forget_entry(self, name: int, space: Space) -> Step:
        return ("forget_entry", name, self._page(space) * PAGE)

    def _set_frames(self, *_: Any) -> Step:
        return ("set_frames", self.rng.choice((3, 6, 12, 100)))

    def _with_failing(self, *_: Any) -> Step:
        kind = self.rng.choice(("read", "write", "fork", "wire", "read_file", "write_file", "balance", "evict_one"))
        disk, direction = self.rng.choice(("swap", "files")), self.rng.choice(("read", "write"))
        return ("with_failing", disk, direction, self.rng.choice((1, 2, 100)), self._make(kind))
