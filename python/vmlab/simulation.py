# SPDX-License-Identifier: GPL-2.0-only
"""simulate: a replacement policy on a string of page references, without a machine."""

from __future__ import annotations

import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vmlab import _core
from vmlab.page_references import PageReference, parse_references
from vmlab.policy import ReplacementPolicy, core_options, name_or_instance, whole_number
from vmlab.views.replacement import Trace

if TYPE_CHECKING:
    import pandas

__all__ = ["Simulation", "simulate"]

_COUNTS = (
    *("policy", "frames", "references", "hits", "misses"),
    *("cold_misses", "capacity_misses", "evictions", "writebacks"),
)
_INTEGER_FORMATS = frozenset("bBhHiIlLqQ")
_MOST = 2**64 - 1


@dataclass(frozen=True)
class Simulation:
    """What a policy came to on one reference string.

    cold_misses: at the first reference to a page; no policy can avoid them.
    capacity_misses: of pages that were in memory before.
    evictions: pages that left for another; writebacks: those of them that were modified.
    trace: a vmlab.views.replacement.Step a reference, if asked for.
    """

    policy: str
    frames: int
    hits: int
    cold_misses: int
    capacity_misses: int
    evictions: int
    writebacks: int
    trace: Trace | None = None

    @property
    def misses(self) -> int:
        """All misses: as many page faults would a program take."""
        return self.cold_misses + self.capacity_misses

    @property
    def references(self) -> int:
        """How many there were."""
        return self.hits + self.misses

    def to_pandas(self) -> pandas.DataFrame:
        """One row of counts, to be put together with those of other simulations by pandas.concat."""
        from vmlab.views.events import import_pandas

        return import_pandas().DataFrame({name: [getattr(self, name)] for name in _COUNTS})


def simulate(
    references: Iterable[int | str | PageReference],
    frames: int,
    policy: str | ReplacementPolicy | type[ReplacementPolicy],
    *,
    writes: Iterable[object] | None = None,
    trace: bool = False,
    tick: int = 0,
    **options: Any,
) -> Simulation:
    """Run a replacement policy on a reference string, with `frames` frames that are empty at first.

    references: page numbers, "r3" and "w3" to read and write page 3, or an array of integers.
    policy: a name of vmlab.policy.policy_names(), a subclass of vmlab.ReplacementPolicy, or an instance of one.
    writes: for each reference whether it writes, where they are page numbers alone.
    trace: keep what became of each reference.
    tick: call the policy's on_tick after each so many references; 0 for never.
    options: the policy's own, such as seed, tau and hand_spread; a class gets them in its constructor.

    >>> simulate([1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5], frames=3, policy="fifo").misses
    9
    """
    pages, write_flags = _reference_string(references, writes)
    count = whole_number("frames", frames, 1, _MOST)
    tracing = _core.Tracing.ON if trace else _core.Tracing.OFF
    config = _core.SimulationConfig(count, whole_number("tick", tick, 0, _MOST), tracing)
    string = _core.ReferenceString(pages, write_flags)
    chosen = name_or_instance(policy, options)
    if isinstance(chosen, str):
        result = _core.simulate(string, config, chosen, core_options({**options, "tick": tick}))
    else:
        result = _core.simulate(string, config, chosen)
    return Simulation(
        policy=chosen if isinstance(chosen, str) else type(chosen).__name__,
        frames=count,
        hits=result.hits,
        cold_misses=result.cold_misses,
        capacity_misses=result.capacity_misses,
        evictions=result.evictions,
        writebacks=result.writebacks,
        trace=_trace(pages, write_flags, result.trace, count) if trace else None,
    )


def _reference_string(references: Any, writes: Iterable[object] | None) -> tuple[Any, Any]:
    """Page numbers and write flags as buffers; None for no flags when all are reads."""
    pages, flags = _integer_buffer(references), None
    if pages is None:
        pages, flags = _parsed(references)
    if len(pages) == 0:
        raise ValueError("there are no references: give one or more")
    if writes is None:
        return pages, flags
    if flags is not None:
        raise ValueError('some references are written as "w3" already: give them so, or give writes=')
    flags = _bool_buffer(writes)
    if len(flags) != len(pages):
        raise ValueError(f"writes has {len(flags)} items for {len(pages)} references: give one for each")
    return pages, flags


def _integer_buffer(references: Any) -> Any:
    """The array of integers that this is, or None when it is something else."""
    if isinstance(references, (str, bytes)):
        return None
    try:
        view = memoryview(references.__array__() if hasattr(references, "__array__") else references)
    except TypeError:
        return None
    if view.format not in _INTEGER_FORMATS:
        return None
    if view.ndim != 1:
        raise ValueError(f"references are a row of page numbers, not an array of {view.ndim} dimensions")
    return view


def _bool_buffer(writes: Any) -> Any:
    try:
        view = memoryview(writes)
    except TypeError:
        return bytes(map(bool, writes))
    return view if view.format in {"?", "B"} and view.c_contiguous else bytes(map(bool, writes))


def _parsed(references: Any) -> tuple[array.array[int], bytes | None]:
    if not isinstance(references, Iterable):
        raise TypeError(f'references are a list such as [0, "r1", "w2"], not {references!r}')
    if not isinstance(references, (str, bytes)):
        references = list(references)
        if set(map(type, references)) <= {int}:
            return _page_array(references), None
    parsed = parse_references(references)
    flags = bytes(reference.write for reference in parsed)
    return _page_array([reference.page for reference in parsed]), flags if any(flags) else None


def _page_array(pages: Sequence[int]) -> array.array[int]:
    try:
        return array.array("Q", pages)
    except OverflowError:
        bad = next(page for page in pages if not 0 <= page <= _MOST)
        raise ValueError(f"a page number is 0 or more and below 2**64, not {bad}") from None


def _trace(pages: Any, flags: Any, steps: list[_core.SimulationStep], frames: int) -> Trace:
    numbers = tuple(int(page) for page in pages)
    outcomes = tuple((step.frame, step.hit, step.victim) for step in steps)
    writes = tuple(map(bool, flags)) if flags is not None else (False,) * len(numbers)
    return Trace(numbers, writes, outcomes, min(frames, len(numbers)))
