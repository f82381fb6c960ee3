# SPDX-License-Identifier: GPL-2.0-only
"""Random operations on the virtual memory, each compared with the model and checked, in runs that pytest can wait for.

`python -m tests.property.vm` makes long ones.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.property import model, vm
from tests.property.contents import PAGE
from tests.property.runner import Runner, Step
from tests.property.steps import ARENA, HEAP, STACK_TOP, StepMaker, random_config


def test_twenty_thousand_random_steps(capsys: pytest.CaptureFixture[str]) -> None:
    status = vm.main(["--steps", "20000", "--seed", "1", "--check-every", "1", "--quiet"])
    assert status == 0, capsys.readouterr().out


def test_a_difference_is_found_shortened_and_can_be_replayed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = model.Page.store

    def forgetful(page: model.Page, offset: int, data: bytes) -> None:
        if offset != 100:
            store(page, offset, data)

    monkeypatch.setattr(model.Page, "store", forgetful)
    assert vm.main(["--steps", "2000", "--seed", "1", "--check-every", "1", "--quiet"]) == 1
    printed = capsys.readouterr().out
    config, steps = vm.read_replay("\n".join(printed.splitlines()[1:]))
    assert len(steps) < 10
    assert steps[-1][0] in ("write", "persist")
    assert steps[-1][2] % PAGE == 100
    saved = tmp_path / "replay.txt"
    saved.write_text("\n".join(map(repr, [config, *steps])), encoding="utf-8")
    assert vm.main(["--replay", str(saved)]) == 1
    monkeypatch.undo()
    assert vm.main(["--replay", str(saved)]) == 0


def run_thirty_episodes(first: int, **fields: str) -> None:
    for seed in range(first, first + 30):
        vm.run_episode(random_config(random.Random(seed)) | fields, seed, 500, 1)


@pytest.mark.parametrize(("fork", "first"), [("memcpy", 10), ("from_file", 10), ("cow_in_entries", 30)])
def test_a_fork_that_is_wrong_by_design_is_found(fork: str, first: int) -> None:
    with pytest.raises(vm.Failed):
        run_thirty_episodes(first, fork=fork)


def test_steps_depend_on_the_seed_alone() -> None:
    def steps() -> list[Step]:
        rng = random.Random(7)
        runner = Runner(random_config(rng))
        maker, made = StepMaker(rng, runner), []
        for _ in range(300):
            made.append(maker.next())
            runner.play(made[-1])
        return made

    assert steps() == steps()


ADDRESSES = st.one_of(
    st.integers(0, 7).map(lambda page: ARENA + page * PAGE),
    st.integers(0, 2).map(lambda page: HEAP + page * PAGE),
    st.integers(1, 6).map(lambda page: STACK_TOP - page * PAGE),
)
LENGTHS = st.integers(1, 4).map(lambda pages: pages * PAGE)
OFFSETS = st.sampled_from([0, 4, 2047, 4092])
WORDS = st.integers(0, 3)
FILE_SIZES = st.sampled_from([0, 100, PAGE, 2 * PAGE + 5])


class VirtualMemory(RuleBasedStateMachine):
    """The same steps, chosen by hypothesis, which shortens what fails."""

    runner: Runner

    @initialize(seed=st.integers(0, 10_000))
    def start(self, seed: int) -> None:
        self.runner = Runner(random_config(random.Random(seed)))
        self.names = 1
        self._play("create", 1)
        self._play("create_file", 1, 2 * PAGE + 5)

    def _play(self, *step: Any) -> None:
        self.runner.play(step)

    def _space(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.runner.spaces)))

    @invariant()
    def everything_agrees(self) -> None:
        if hasattr(self, "runner"):
            self.runner.check()

    def has_space(self) -> bool:
        return bool(self.runner.spaces)

    @precondition(lambda self: len(self.runner.spaces) < 4)
    @rule(data=st.data())
    def fork_or_create(self, data: st.DataObject) -> None:
        self.names += 1
        if self.runner.spaces:
            self._play("fork", self._space(data), self.names)
        else:
            self._play("create", self.names)

    @precondition(has_space)
    @rule(data=st.data())
    def destroy(self, data: st.DataObject) -> None:
        self._play("destroy", self._space(data))

    @precondition(has_space)
    @rule(
        data=st.data(),
        address=ADDRESSES,
        length=LENGTHS,
        rights=st.sampled_from([0, 1, 3, 3]),
        shared=st.booleans(),
        file=st.sampled_from([None, None, 1]),
    )
    def map(self, data: st.DataObject, address: int, length: int, rights: int, shared: bool, file: int | None) -> None:
        self._play("map", self._space(data), length, address, "fixed", rights, shared, file, 0)

    @precondition(has_space)
    @rule(data=st.data(), address=ADDRESSES, offset=OFFSETS, word=WORDS, wait=st.booleans())
    def write(self, data: st.DataObject, address: int, offset: int, word: int, wait: bool) -> None:
        self._play("write", self._space(data), address + offset, word, wait)

    @precondition(has_space)
    @rule(data=st.data(), address=ADDRESSES, offset=OFFSETS, wait=st.booleans())
    def read(self, data: st.DataObject, address: int, offset: int, wait: bool) -> None:
        self._play("read", self._space(data), address + offset, wait)

    @precondition(has_space)
    @rule(
        data=st.data(),
        kind=st.sampled_from(["unmap", "wire", "unwire", "populate", "synchronize"]),
        address=ADDRESSES,
        length=LENGTHS,
    )
    def change_range(self, data: st.DataObject, kind: str, address: int, length: int) -> None:
        self._play(kind, self._space(data), address, length)

    @precondition(has_space)
    @rule(data=st.data(), address=ADDRESSES, length=LENGTHS, rights=st.sampled_from([0, 1, 3]))
    def protect(self, data: st.DataObject, address: int, length: int, rights: int) -> None:
        self._play("protect", self._space(data), address, length, rights)

    @precondition(has_space)
    @rule(data=st.data(), address=ADDRESSES, length=LENGTHS, advice=st.sampled_from(["will_need", "dont_need", "free"]))
    def advise(self, data: st.DataObject, address: int, length: int, advice: str) -> None:
        self._play("advise", self._space(data), address, length, advice)

    @precondition(has_space)
    @rule(
        data=st.data(),
        address=ADDRESSES,
        length=LENGTHS,
        new_length=LENGTHS,
        placement=st.sampled_from(["anywhere", "hint", "fixed"]),
        new_address=ADDRESSES,
    )
    def remap(
        self, data: st.DataObject, address: int, length: int, new_length: int, placement: str, new_address: int
    ) -> None:
        self._play("remap", self._space(data), address, length, new_length, placement, new_address)

    @precondition(has_space)
    @rule(data=st.data(), pages=st.integers(0, 3))
    def move_break(self, data: st.DataObject, pages: int) -> None:
        space = self._space(data)
        self._play("set_heap_start", space, HEAP)
        self._play("set_break", space, HEAP + pages * PAGE)

    @precondition(has_space)
    @rule(data=st.data())
    def map_stack(self, data: st.DataObject) -> None:
        self._play("map_stack", self._space(data), STACK_TOP, PAGE)

    @rule(size=FILE_SIZES)
    def truncate(self, size: int) -> None:
        self._play("truncate", 1, size)

    @rule(position=FILE_SIZES, word=WORDS)
    def write_file(self, position: int, word: int) -> None:
        self._play("write_file", 1, position, word, 3)

    @rule(position=FILE_SIZES)
    def read_file(self, position: int) -> None:
        self._play("read_file", 1, position, 3 * PAGE)

    @rule(time=st.sampled_from([100, 150_000, 20_000_000]))
    def advance(self, time: int) -> None:
        self._play("advance", time)

    @rule(kind=st.sampled_from(["evict_one", "balance"]))
    def make_room(self, kind: str) -> None:
        self._play(kind)

    @precondition(has_space)
    @rule(data=st.data(), address=ADDRESSES)
    def forget_entry(self, data: st.DataObject, address: int) -> None:
        self._play("forget_entry", self._space(data), address)

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.finish()


TestVirtualMemory = VirtualMemory.TestCase
TestVirtualMemory.settings = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
