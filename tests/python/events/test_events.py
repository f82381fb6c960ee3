# SPDX-License-Identifier: GPL-2.0-only
"""The log of a small run: records, filters, bytes, data frames."""

import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.python.tiny_elf import BSS, exit_with, load, store, tiny_elf, write_out

import vmlab
from vmlab.event_schema import HEADER, kinds
from vmlab.events import Event, EventPattern


@pytest.fixture(scope="module")
def lab() -> Iterator[vmlab.Lab]:
    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(tiny_elf(store(BSS, 7), load(BSS + 0x1000), write_out(BSS, 4), exit_with(3)))
        lab.run()
        yield lab


def test_the_log_is_a_sequence(lab: vmlab.Lab) -> None:
    events = lab.events
    assert len(events) > 5
    assert events[0] == next(iter(events))
    assert events[-1].name == "process_exited"
    assert events[-1].index == len(events) - 1
    assert [event.index for event in events[1:3]] == [1, 2]
    with pytest.raises(IndexError):
        events[len(events)]


def test_of_picks_names_and_processes(lab: vmlab.Lab) -> None:
    picked = lab.events.of("fault", "fault_resolved")
    assert {event.name for event in picked} == {"fault", "fault_resolved"}
    assert [event.index for event in picked] == sorted(event.index for event in picked)
    assert len(lab.events.of(pid=99)) == 0
    assert all(event.pid == 1 for event in lab.events.of(pid=1))
    assert len(picked.of("fault")) == len(lab.events.of("fault"))
    with pytest.raises(ValueError, match="no event"):
        lab.events.of("falt")


def test_where_takes_a_predicate(lab: vmlab.Lab) -> None:
    written = lab.events.where(lambda event: event.name == "fault" and event.access == "write" and event.eip)
    assert [event.address for event in written] == [BSS]


def test_an_event_is_a_frozen_value(lab: vmlab.Lab) -> None:
    event = lab.events.of("fault")[0]
    with pytest.raises(AttributeError, match="cannot be changed"):
        event.pid = 2
    with pytest.raises(AttributeError, match="no field 'adress'"):
        _ = event.adress
    assert "address" in dir(event)
    again = pickle.loads(pickle.dumps(event))
    assert (again, again.time, again.index, again.partner) == (event, event.time, event.index, event.partner)
    assert hash(again) == hash(event)


def test_events_compare_without_their_time(lab: vmlab.Lab) -> None:
    event = lab.events.of("syscall_return")[0]
    time, pid, kind, words = HEADER.unpack_from(lab.events.of("syscall_return").to_bytes())
    record = lab.events.of("syscall_return").to_bytes()[: HEADER.size + 4 * words]
    later = Event(99, HEADER.pack(time + 5, pid, kind, words) + record[HEADER.size :])
    other = Event(99, HEADER.pack(time, pid + 1, kind, words) + record[HEADER.size :])
    assert later == event
    assert other != event


def test_bytes_of_all_are_the_records_one_after_the_other(lab: vmlab.Lab) -> None:
    log = lab.events.to_bytes()
    assert log == b"".join(event_bytes(event) for event in lab.events)
    assert lab.events[:2].to_bytes() == log[: len(lab.events[:2].to_bytes())]


def event_bytes(event: Event) -> bytes:
    words = event.words
    number = [kind.name for kind in kinds()].index(event.name)
    return HEADER.pack(event.time, event.pid, number, len(words)) + b"".join(
        word.to_bytes(4, "little") for word in words.values()
    )


def test_the_log_survives_its_lab_and_a_pickle() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(tiny_elf(store(BSS), exit_with(0)))
        lab.run()
        events, faults = lab.events, lab.events.faults
        before = list(events)
    assert list(events) == before
    assert [fault.result for fault in faults][-1] == "zero_fill"
    again = pickle.loads(pickle.dumps(events))
    assert list(again) == before
    assert again.to_bytes() == events.to_bytes()
    assert again.faults[0].instruction == faults[0].instruction


def test_events_taken_earlier_do_not_grow() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(tiny_elf(store(BSS), exit_with(0)))
        lab.run(until="fault")
        early, faults = lab.events, lab.events.faults
        lab.run()
        assert len(early) < len(lab.events)
        assert faults[0].answer is None
        assert early.faults[0].answer is None
        assert lab.events.faults[0].answer is not None


def test_one_kind_as_a_data_frame(lab: vmlab.Lab) -> None:
    frame = lab.events.of("fault").to_pandas()
    assert frame["address"].dtype == "uint32"
    assert list(frame["access"]) == [event.access for event in lab.events.of("fault")]
    assert list(frame["index"]) == [event.index for event in lab.events.of("fault")]
    assert list(frame["error"]) == [event.error for event in lab.events.of("fault")]


def test_all_kinds_as_a_data_frame(lab: vmlab.Lab) -> None:
    frame = lab.events.to_pandas()
    assert list(frame["name"]) == [event.name for event in lab.events]
    assert list(frame["time"]) == [event.time for event in lab.events]
    exited = frame[frame["name"] == "process_exited"]
    assert list(exited["status"]) == [3]
    assert exited["address"].isna().all()
    assert len(lab.events[:0].to_pandas()) == 0


def test_faults_as_a_data_frame(lab: vmlab.Lab) -> None:
    frame = lab.events.faults.to_pandas()
    assert list(frame["result"]) == [fault.result for fault in lab.events.faults]
    assert frame["address"].dtype == "uint32"
    assert list(frame["pte_after"]) == [fault.pte_after for fault in lab.events.faults]


def test_without_pandas_the_error_says_how_to_get_it() -> None:
    code = """
import sys
sys.modules["pandas"] = None
import vmlab
with vmlab.Lab() as lab:
    try:
        lab.events.to_pandas()
    except ImportError as error:
        print(error)
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'vmlab[notebook]'" in output


def test_system_calls_are_calls_with_results(lab: vmlab.Lab) -> None:
    calls = lab.events.syscalls
    assert [(call.name, call.result) for call in calls] == [("write", 4), ("exit", None)]
    assert calls[0].arguments == (1, BSS, 4)
    assert str(calls[0]) == f"write(1, {BSS:#x}, 4) = 4"


def test_a_pattern_matches_by_name_and_fields(lab: vmlab.Lab) -> None:
    pattern = vmlab.event("fault", access="write", error=6, pid=1)
    assert [event.address for event in lab.events if pattern.matches(event)] == [BSS]
    assert repr(pattern) == "vmlab.event('fault', access='write', error=6, pid=1)"


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("falt", {}, "did you mean 'fault'"),
        ("fault", {"adress": 1}, "did you mean 'address'"),
        ("fault_resolved", {"result": "copy"}, "'copy_up'"),
    ],
)
def test_a_pattern_that_cannot_match_is_refused(name: str, fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EventPattern(name, fields)


def test_tables_show_every_record(lab: vmlab.Lab) -> None:
    html = lab.events._repr_html_()
    assert html.startswith("<pre")
    assert html.count("process_exited") == 1
    assert str(lab.events).count("\n") == len(lab.events) - 1
