# SPDX-License-Identifier: GPL-2.0-only
"""Replacement in a live Lab: the policies by name, and the user's own, on touch() guests against the simulation."""

from collections.abc import Sequence

import pytest
from tests.python.lab.queue_policy import Queue

import vmlab
from vmlab.policy import Page, policy_names

BELADY = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]
LOOP = [*range(6), *range(6)]


def live_faults(references: list[int], frames: int, **options: object) -> int:
    with vmlab.Lab(frames=frames, swap="256 KiB", **options) as lab:  # type: ignore[arg-type]
        process = lab.spawn(vmlab.touch(references))
        lab.run()
        lab.check()
        assert process.exit_status == 0
        return len(process.faults)


@pytest.mark.parametrize("policy", ["fifo", "lru", "lfu", "mru", "random"])
@pytest.mark.parametrize("references", [BELADY, LOOP, [0, 1, 2, 0, 1, 3, 0, 3, 1, 2, 1]])
@pytest.mark.parametrize("frames", [3, 4, 5])
def test_live_and_simulated_misses_are_equal(policy: str, references: list[int], frames: int) -> None:
    simulated = vmlab.simulate(references, frames=frames, policy=policy).misses
    assert live_faults(references, frames, replacement=policy, trace_accesses=True) == simulated


@pytest.mark.parametrize("policy", [name for name in policy_names() if name not in ("opt", "lru", "lfu", "mru")])
def test_each_policy_runs_without_a_trace(policy: str) -> None:
    assert 6 <= live_faults(LOOP, 4, replacement=policy, policy_tick=20) <= 12


def test_one_of_ones_own() -> None:
    assert [live_faults(BELADY, frames, replacement=Queue) for frames in (3, 4)] == [9, 10]
    assert [live_faults(BELADY, frames, replacement=Queue()) for frames in (3, 4)] == [9, 10]


def test_one_of_ones_own_for_each_process() -> None:
    with vmlab.Lab(swap="256 KiB", replacement=Queue, scope="local", process_frames=3) as lab:
        processes = [lab.spawn(vmlab.touch(BELADY)) for _ in range(3)]
        lab.run()
        assert [len(process.faults) for process in processes] == [9, 9, 9]
    with pytest.raises(ValueError, match="give the class"), vmlab.Lab(replacement=Queue(), scope="local") as lab:
        lab.spawn(vmlab.touch(BELADY))


class Wrong(Queue):
    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]


@pytest.mark.parametrize("answer", [None, 7, "a page"])
def test_an_answer_that_is_no_page(answer: object) -> None:
    with vmlab.Lab(frames=3, swap="64 KiB", replacement=Wrong(answer)) as lab:
        process = lab.spawn(vmlab.touch(BELADY))
        with pytest.raises(vmlab.PolicyError):
            lab.run()
        assert process.alive
        assert len(process.faults) >= 3
        lab.check()


def test_a_policy_that_raises_has_its_own_traceback_and_leaves_the_lab_whole() -> None:
    policy = Wrong(LookupError("no idea"))
    with vmlab.Lab(frames=3, swap="64 KiB", replacement=policy) as lab:
        process = lab.spawn(vmlab.touch(BELADY))
        with pytest.raises(LookupError, match="no idea"):
            lab.run()
        lab.check()
        assert len(process.page_table) >= 3


def test_what_must_see_every_access_says_so() -> None:
    with pytest.raises(ValueError, match="trace_accesses=True"):
        vmlab.Lab(replacement="lru")
    with pytest.raises(TypeError, match="no replacement policy"):
        vmlab.Lab(replacement=3)


def test_the_daemon_keeps_frames_ready() -> None:
    with vmlab.Lab(frames=32, swap="1 MiB", profile="bsd44") as lab:
        process = lab.spawn(vmlab.touch([f"w{page}" for page in range(60)]))
        lab.run()
        assert process.exit_status == 0
        assert process.counters["pages_evicted"] > 28
        lab.check()
