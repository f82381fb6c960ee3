# SPDX-License-Identifier: GPL-2.0-only
"""Faults and system calls as sequences: indices, slices and iteration agree, and a missing answer stays missing."""

import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from tests.python.tiny_elf import BSS, exit_with, load, store, tiny_elf, write_out

import vmlab
from vmlab.views.fault import Fault, Faults
from vmlab.views.syscall import Syscall, Syscalls


@pytest.fixture(scope="module")
def lab() -> Iterator[vmlab.Lab]:
    """Two system calls that return, one that does not; three faults."""
    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(tiny_elf(store(BSS), write_out(BSS, 4), load(BSS + 0x1000), write_out(BSS, 2), exit_with(0)))
        lab.run()
        yield lab


@pytest.fixture(params=[(Faults, Fault), (Syscalls, Syscall)], ids=["faults", "syscalls"])
def pairs(lab: vmlab.Lab, request: pytest.FixtureRequest) -> tuple[Sequence[Any], type, type]:
    kind, item = request.param
    return lab.events.faults if kind is Faults else lab.events.syscalls, kind, item


def test_indices_and_iteration_agree(pairs: tuple[Sequence[Any], type, type]) -> None:
    sequence, _, item = pairs
    assert len(sequence) == 3
    assert [sequence[0], sequence[1], sequence[-1]] == list(sequence)
    assert all(type(each) is item for each in sequence)
    assert sorted(each.index for each in sequence) == [each.index for each in sequence]
    with pytest.raises(IndexError):
        sequence[3]


def test_a_slice_is_of_the_same_type(pairs: tuple[Sequence[Any], type, type]) -> None:
    sequence, kind, _ = pairs
    rest = sequence[1:]
    assert type(rest) is kind
    assert list(rest) == list(sequence)[1:]
    assert list(sequence[::-1]) == list(sequence)[::-1]


def test_it_pickles(pairs: tuple[Sequence[Any], type, type]) -> None:
    sequence, kind, _ = pairs
    again = pickle.loads(pickle.dumps(sequence))
    assert type(again) is kind
    assert list(again) == list(sequence)


def test_a_call_that_never_returns_has_no_result(lab: vmlab.Lab) -> None:
    assert [call.result for call in lab.events.syscalls] == [4, 2, None]
