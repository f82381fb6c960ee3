# SPDX-License-Identifier: GPL-2.0-only
"""Reference strings that courses set, with their answers."""

import random

import pytest

import vmlab

BELADY = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]
CHAPTER = [0, 1, 2, 0, 1, 3, 0, 3, 1, 2, 1]
LOOP = [0, 1, 2, 3, 4, 5] * 2


@pytest.mark.parametrize(("policy", "misses", "capacity"), [("opt", 5, 1), ("lru", 5, 1), ("fifo", 7, 3)])
def test_eleven_references_to_four_pages(policy: str, misses: int, capacity: int) -> None:
    found = vmlab.simulate(CHAPTER, 3, policy)
    assert (found.misses, found.cold_misses, found.capacity_misses) == (misses, 4, capacity)


@pytest.mark.parametrize(("policy", "with_three", "with_four"), [("fifo", 9, 10), ("lru", 10, 8), ("opt", 7, 6)])
def test_belady(policy: str, with_three: int, with_four: int) -> None:
    assert vmlab.simulate(BELADY, 3, policy).misses == with_three
    assert vmlab.simulate(BELADY, 4, policy).misses == with_four


@pytest.mark.parametrize(("policy", "hits"), [("fifo", 0), ("lru", 0), ("opt", 5), ("mru", 5), ("second-chance", 0)])
def test_a_loop_one_page_longer_than_memory(policy: str, hits: int) -> None:
    assert vmlab.simulate(LOOP, 5, policy).hits == hits
    assert vmlab.simulate(LOOP, 6, policy).hits == 6


@pytest.mark.parametrize(
    ("policy", "hits"), [("fifo", (1, 2, 4)), ("lru", (2, 2, 4)), ("opt", (4, 3, 4))], ids=lambda value: str(value)
)
def test_ten_random_references_by_seed(policy: str, hits: tuple[int, ...]) -> None:
    for seed, expected in enumerate(hits):
        generator = random.Random(seed)
        string = [int(10 * generator.random()) for _ in range(10)]
        assert vmlab.simulate(string, 3, policy).hits == expected
