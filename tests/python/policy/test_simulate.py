# SPDX-License-Identifier: GPL-2.0-only
"""What simulate takes, refuses and returns."""

import array
import os
import pickle
import signal
import subprocess
import sys
import time
from typing import Any

import numpy
import pandas
import pytest

import vmlab
from vmlab.page_references import PageReference
from vmlab.policy import policy_names
from vmlab.views.replacement import Step

BELADY = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", ">u4", ">i8", object])
def test_arrays_of_every_kind_of_integer(dtype: str) -> None:
    string = numpy.array(BELADY, dtype=dtype)
    assert vmlab.simulate(string, 3, "fifo").misses == 9
    assert vmlab.simulate(numpy.repeat(string, 2)[::2], 4, "fifo").misses == 10


@pytest.mark.parametrize(
    "string",
    [
        tuple(BELADY),
        iter(BELADY),
        array.array("H", BELADY),
        memoryview(array.array("q", BELADY)),
        pandas.Series(BELADY),
        [f"r{page}" for page in BELADY],
        [PageReference(page, write=False) for page in BELADY],
        [numpy.int16(page) for page in BELADY],
    ],
    ids=lambda string: type(string).__name__,
)
def test_other_rows_of_page_numbers(string: Any) -> None:
    assert vmlab.simulate(string, 3, "fifo").misses == 9


def test_an_array_that_does_not_start_at_a_multiple_of_its_items() -> None:
    raw = b"\0" + numpy.array(BELADY, dtype="u8").tobytes()
    assert vmlab.simulate(numpy.frombuffer(raw[1:], dtype="u8"), 3, "fifo").misses == 9
    assert vmlab.simulate(numpy.frombuffer(raw, dtype="u8", offset=1), 3, "fifo").misses == 9


@pytest.mark.parametrize("writes", [[True, 0, 0], (1, None, ""), numpy.array([True, False, False]), b"\1\0\0"])
def test_writes_may_stand_apart(writes: Any) -> None:
    found = vmlab.simulate([1, 2, 3], 1, "fifo", writes=writes, trace=True)
    assert found == vmlab.simulate(["w1", "r2", 3], 1, "fifo", trace=True)
    assert found.writebacks == 1


def test_the_trace_shows_memory_after_each_reference() -> None:
    found = vmlab.simulate(["w7", 8, 7, 9], 2, "fifo", trace=True)
    trace = found.trace
    assert trace is not None
    steps = [
        Step(7, True, False, 0, None, (7, None)),
        Step(8, False, False, 1, None, (7, 8)),
        Step(7, False, True, 0, None, (7, 8)),
        Step(9, False, False, 0, 7, (9, 8)),
    ]
    assert list(trace) == steps
    assert [trace[at] for at in range(-4, 4)] == steps * 2
    assert trace[3:0:-2] == [steps[3], steps[1]]
    assert trace[9:] == []
    with pytest.raises(IndexError):
        trace[4]
    frame = trace.to_pandas()
    assert list(frame.columns) == ["page", "write", "hit", "frame", "victim"]
    assert frame["victim"].isna().tolist() == [True, True, True, False]
    assert frame["victim"][3] == 7
    assert frame["page"].tolist() == [7, 8, 7, 9]
    lines = [line.split() for line in str(trace).splitlines()]
    assert ["w7", "miss", "7"] in lines
    assert ["r9", "miss", "7", "9", "8"] in lines
    assert "<pre" in trace._repr_html_()


def test_a_long_trace_is_shown_in_part() -> None:
    trace = vmlab.simulate([1, 2] * 5000, 1, "fifo", trace=True).trace
    assert trace is not None
    assert len(str(trace).splitlines()) < 220
    assert "the first 200 of 10000 references" in str(trace)


def test_no_trace_unless_asked() -> None:
    assert vmlab.simulate(BELADY, 3, "fifo").trace is None


def test_a_simulation_is_a_value() -> None:
    found = vmlab.simulate(BELADY, 3, "lru", trace=True)
    assert pickle.loads(pickle.dumps(found)) == found == vmlab.simulate(BELADY, 3, "lru", trace=True)
    assert hash(found) == hash(vmlab.simulate(BELADY, 3, "lru", trace=True))
    assert found != vmlab.simulate(BELADY, 3, "fifo", trace=True)
    assert (found.policy, found.frames, found.references, found.hits + found.misses) == ("lru", 3, 12, 12)
    with pytest.raises(AttributeError):
        found.hits = 0  # type: ignore[misc]


def test_counts_of_many_simulations_make_a_table() -> None:
    table = pandas.concat(vmlab.simulate(BELADY, n, p).to_pandas() for p in ("fifo", "lru") for n in (3, 4))
    assert table["misses"].tolist() == [9, 10, 10, 8]
    assert table["policy"].tolist() == ["fifo", "fifo", "lru", "lru"]
    assert (table["hits"] + table["misses"] == table["references"]).all()


def test_options_reach_the_policy() -> None:
    string = [int(12 * each) for each in numpy.random.default_rng(1).random(300)]

    def misses(policy: str, **options: int) -> int:
        return vmlab.simulate(string, 6, policy, **options).misses

    assert len({misses("random", seed=seed) for seed in range(8)}) > 1
    assert misses("random", seed=4) == misses("random", seed=4)
    assert misses("random") == misses("random", seed=0)
    assert len({misses("two-handed-clock", hand_spread=spread) for spread in range(1, 6)}) > 1
    assert len({misses("working-set", tau=tau) for tau in (1, 5, 50)}) > 1
    assert len({misses("nru", tick=tick) for tick in (0, 1, 50)}) > 1


BAD = {
    "no frames": (BELADY, 0, "fifo", {}, ValueError, "frames=0"),
    "negative frames": (BELADY, -3, "fifo", {}, ValueError, "frames=-3"),
    "frames that are no int": (BELADY, 3.0, "fifo", {}, TypeError, "frames=3.0"),
    "frames as text": (BELADY, "3", "fifo", {}, TypeError, "frames='3'"),
    "frames as bool": (BELADY, True, "fifo", {}, TypeError, "frames=True"),
    "no references": ([], 3, "fifo", {}, ValueError, "no references"),
    "an empty array": (numpy.array([], dtype="i8"), 3, "fifo", {}, ValueError, "no references"),
    "a negative page": ([1, -2], 3, "fifo", {}, ValueError, "not -2"),
    "a negative page in an array": (numpy.array([1, -2], dtype="i2"), 3, "fifo", {}, ValueError, "not -2"),
    "a page too large": ([1, 2**64], 3, "fifo", {}, ValueError, "below 2"),
    "a page that is no int": ([1, 2.0], 3, "fifo", {}, TypeError, "not 2.0"),
    "pages that are floats": (numpy.array([1.0, 2.0]), 3, "fifo", {}, TypeError, "page number"),
    "pages that are bools": (numpy.array([True, False]), 3, "fifo", {}, TypeError, "page number"),
    "a page that is a bool": ([0, True], 3, "fifo", {}, TypeError, "not True"),
    "a page that is None": ([None], 3, "fifo", {}, TypeError, "not None"),
    "a reference written otherwise": (["x1"], 3, "fifo", {}, ValueError, '"r3" or "w3"'),
    "one text": ("1 2 3", 3, "fifo", {}, TypeError, "not one text"),
    "bytes": (b"123", 3, "fifo", {}, TypeError, "not one text"),
    "no list": (None, 3, "fifo", {}, TypeError, "not None"),
    "a number": (7, 3, "fifo", {}, TypeError, "not 7"),
    "a table": (numpy.ones((2, 2), dtype="i8"), 3, "fifo", {}, ValueError, "2 dimensions"),
    "an unknown name": (BELADY, 3, "lifo", {}, ValueError, "fifo, lru, aging"),
    "an option of another policy": (BELADY, 3, "fifo", {"tau": 3}, TypeError, '"fifo" takes no options, not tau'),
    "an unknown option": (BELADY, 3, "wsclock", {"tua": 3}, TypeError, '"wsclock" takes tau, not tua'),
    "a future": (BELADY, 3, "opt", {"future": BELADY}, TypeError, "not future"),
    "an empty window": (BELADY, 3, "wsclock", {"tau": 0}, ValueError, "tau=0"),
    "a window that is no int": (BELADY, 3, "working-set", {"tau": 1.5}, TypeError, "tau=1.5"),
    "hands together": (BELADY, 3, "two-handed-clock", {"hand_spread": 0}, ValueError, "hand_spread=0"),
    "a negative seed": (BELADY, 3, "random", {"seed": -1}, ValueError, "seed=-1"),
    "a negative tick": (BELADY, 3, "nru", {"tick": -1}, ValueError, "tick=-1"),
    "too few writes": (BELADY, 3, "fifo", {"writes": [True]}, ValueError, "1 items for 12 references"),
    "writes said twice": (["w1"], 3, "fifo", {"writes": [True]}, ValueError, "writes="),
}


@pytest.mark.parametrize(("string", "frames", "policy", "options", "error", "hint"), BAD.values(), ids=BAD)
def test_a_mistake_says_what_to_do(
    string: Any, frames: Any, policy: str, options: dict[str, Any], error: type[Exception], hint: str
) -> None:
    with pytest.raises(error) as raised:
        vmlab.simulate(string, frames, policy, **options)
    assert hint in str(raised.value)


@pytest.mark.parametrize("policy", policy_names())
def test_frames_beyond_counting(policy: str) -> None:
    assert vmlab.simulate(BELADY, 2**63, policy).misses == 5


def test_a_module_does_not_hide_the_function() -> None:
    code = "import vmlab.simulation; print(vmlab.simulate([1], 1, 'fifo').misses)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "1\n"


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_ends_a_long_simulation() -> None:
    code = """if True:
        import array, vmlab
        string = array.array("Q", range(40_000)) * 100
        print("started", flush=True)
        vmlab.simulate(string, 30_000, "aging")
    """
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "started\n"
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
