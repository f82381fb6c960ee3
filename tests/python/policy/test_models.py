# SPDX-License-Identifier: GPL-2.0-only
"""The core's policies against plain models of them, reference by reference."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.python.policy.models import MODELS

import vmlab
from vmlab.policy import policy_names

OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "seed": st.integers(0, 2**64 - 1),
    "tau": st.integers(1, 12),
    "hand_spread": st.integers(1, 7),
}
TAKES = {
    "random": ["seed"],
    "working-set": ["tau"],
    "wsclock": ["tau"],
    "two-handed-clock": ["hand_spread"],
}
STRINGS = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=60)


def test_there_is_a_model_of_each() -> None:
    assert list(MODELS) == list(policy_names())


@pytest.mark.parametrize("policy", policy_names())
@settings(max_examples=150, deadline=None)
@given(data=st.data(), string=STRINGS, frames=st.integers(1, 7), tick=st.sampled_from([0, 1, 3]))
def test_as_the_model(policy: str, data: st.DataObject, string: list[tuple[int, bool]], frames: int, tick: int) -> None:
    pages, writes = [page for page, _ in string], [write for _, write in string]
    options = data.draw(st.fixed_dictionaries({name: OPTIONS[name] for name in TAKES.get(policy, [])}))
    expected = MODELS[policy](pages, writes, frames, tick, **options).run()
    found = vmlab.simulate(pages, frames, policy, writes=writes, trace=True, tick=tick, **options)
    assert found.trace is not None
    assert [(step.hit, step.frame, step.victim) for step in found.trace] == expected
    assert found.hits == sum(hit for hit, _, _ in expected)
    assert found.cold_misses == len(set(pages))
    assert found.misses == len(pages) - found.hits
    assert found.evictions == sum(victim is not None for _, _, victim in expected)


@pytest.mark.parametrize("policy", policy_names())
@settings(max_examples=60, deadline=None)
@given(string=STRINGS, frames=st.integers(1, 7))
def test_writebacks_are_the_modified_pages_that_left(policy: str, string: list[tuple[int, bool]], frames: int) -> None:
    found = vmlab.simulate([f"{'w' if write else 'r'}{page}" for page, write in string], frames, policy, trace=True)
    modified, writebacks = set(), 0
    for step in found.trace or ():
        if step.victim in modified:
            writebacks += 1
            modified.remove(step.victim)
        if step.write:
            modified.add(step.page)
    assert found.writebacks == writebacks
