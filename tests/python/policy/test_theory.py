# SPDX-License-Identifier: GPL-2.0-only
"""What is proved of replacement policies holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vmlab
from vmlab.policy import policy_names

STRINGS = st.lists(st.integers(0, 9), min_size=1, max_size=80)


@settings(max_examples=100, deadline=None)
@given(string=STRINGS, frames=st.integers(1, 8))
def test_no_policy_misses_less_than_opt(string: list[int], frames: int) -> None:
    best = vmlab.simulate(string, frames, "opt").misses
    assert all(vmlab.simulate(string, frames, policy).misses >= best for policy in policy_names())


@settings(max_examples=60, deadline=None)
@given(string=st.lists(st.integers(0, 4), min_size=1, max_size=12), frames=st.integers(1, 4))
def test_opt_misses_as_little_as_any_choice_of_victims(string: list[int], frames: int) -> None:
    states = {frozenset[int](): 0}  # pages in memory, and the fewest misses that lead there
    for page in string:
        reached: dict[frozenset[int], int] = {}
        for pages, misses in states.items():
            if page in pages:
                choices = [(pages, misses)]
            elif len(pages) < frames:
                choices = [(pages | {page}, misses + 1)]
            else:
                choices = [(pages - {victim} | {page}, misses + 1) for victim in pages]
            for after, count in choices:
                reached[after] = min(count, reached.get(after, count))
        states = reached
    assert vmlab.simulate(string, frames, "opt").misses == min(states.values())


@pytest.mark.parametrize("policy", ["lru", "opt", "mru"])
@settings(max_examples=100, deadline=None)
@given(string=STRINGS)
def test_more_frames_hold_all_that_fewer_hold(policy: str, string: list[int]) -> None:
    def contents(frames: int) -> list[set[int | None]]:
        return [set(step.frames) - {None} for step in vmlab.simulate(string, frames, policy, trace=True).trace or ()]

    for frames in range(1, 6):
        assert all(few <= more for few, more in zip(contents(frames), contents(frames + 1), strict=True))


@pytest.mark.parametrize("policy", ["fifo", "clock", "second-chance"])
def test_beladys_anomaly(policy: str) -> None:
    string = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]
    assert vmlab.simulate(string, 4, policy).misses > vmlab.simulate(string, 3, policy).misses


@pytest.mark.parametrize("policy", policy_names())
@given(string=STRINGS)
@settings(max_examples=40, deadline=None)
def test_enough_frames_leave_cold_misses_alone(policy: str, string: list[int]) -> None:
    found = vmlab.simulate(string, len(set(string)), policy)
    assert (found.capacity_misses, found.evictions) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(string=STRINGS, frames=st.integers(1, 8))
def test_a_working_set_larger_than_memory_looked_at_each_reference_is_lru(string: list[int], frames: int) -> None:
    exact = vmlab.simulate(string, frames, "working-set", tau=2**40, tick=1)
    assert exact.misses == vmlab.simulate(string, frames, "lru").misses


@settings(max_examples=100, deadline=None)
@given(string=st.lists(st.integers(0, 9), min_size=1, max_size=9), frames=st.integers(1, 8))
def test_aging_is_lru_as_far_as_its_eight_bits_reach(string: list[int], frames: int) -> None:
    assert vmlab.simulate(string, frames, "aging", tick=1).misses == vmlab.simulate(string, frames, "lru").misses
