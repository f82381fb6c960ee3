# SPDX-License-Identifier: GPL-2.0-only
"""The front door: a Lab, its runs, its processes, and what they answer."""

import pickle
import threading
import time

import pytest
from tests.python.tiny_elf import (
    BSS,
    CODE,
    DATA,
    DIVIDE_BY_ZERO,
    ENTRY,
    HLT,
    INT3,
    LOOP_FOR_EVER,
    UD2,
    exit_with,
    load,
    store,
    tiny_elf,
    write_out,
)

import vmlab

HELLO = tiny_elf(write_out(DATA, 6), write_out(DATA, 4, descriptor=2), exit_with(42), data=b"hello\n")


@pytest.fixture
def lab() -> vmlab.Lab:
    return vmlab.Lab(ram="1 MiB")


def test_a_program_runs_to_its_end(lab: vmlab.Lab) -> None:
    process = lab.spawn(HELLO)
    assert (process.state, process.alive, process.exit_status) == ("ready", True, None)
    stop = lab.run()
    assert (stop.reason, stop.event) == ("exited", None)
    assert stop.instructions == lab.counters.instructions > 10
    assert (process.state, process.exit_status, process.signal) == ("exited", 42, None)
    assert (process.stdout, process.stdout_text, process.stderr) == (b"hello\n", "hello\n", b"hell")
    lab.check()


@pytest.mark.parametrize(
    ("code", "signal"),
    [(load(0), 11), (DIVIDE_BY_ZERO, 8), (UD2, 4), (HLT, 11), (INT3, 5)],
    ids=["read of address 0", "division by zero", "ud2", "hlt", "int3"],
)
def test_a_death_is_a_value(lab: vmlab.Lab, code: bytes, signal: int) -> None:
    process = lab.spawn(tiny_elf(code))
    assert lab.run().reason == "exited"
    assert (process.exit_status, process.signal) == (None, signal)
    lab.check()


def test_all_frames_come_back(lab: vmlab.Lab) -> None:
    before = lab.frames
    lab.spawn(tiny_elf(store(BSS), store(BSS + 0x1000), exit_with(0)))
    assert lab.frames.free < before.free
    lab.run()
    assert lab.counters.page_frames == lab.frames.by_use.get("page", 0)
    assert lab.frames.by_use.get("page_table") == before.by_use.get("page_table")


def test_until_an_event_by_name(lab: vmlab.Lab) -> None:
    process = lab.spawn(tiny_elf(store(BSS), exit_with(0)))
    stop = lab.run(until="fault")
    assert stop.reason == "event"
    assert stop.event == lab.events[-1]
    assert stop.event is not None
    assert stop.event.address == ENTRY
    assert not process.page_table[ENTRY].present, "the kernel has not acted"
    stop = lab.run(until="fault_resolved")
    assert process.page_table[ENTRY].present
    assert lab.run().reason == "exited"


def test_until_a_pattern(lab: vmlab.Lab) -> None:
    process = lab.spawn(tiny_elf(load(DATA), store(BSS), exit_with(0)))
    stop = lab.run(until=vmlab.event("fault_resolved", result="zero_fill"))
    assert stop.event is not None
    assert (stop.event.address, stop.event.result) == (BSS, "zero_fill")
    assert process.alive


def test_until_a_predicate(lab: vmlab.Lab) -> None:
    lab.spawn(tiny_elf(load(DATA), store(BSS), exit_with(0)))
    stop = lab.run(until=lambda event: event.name == "fault" and event.access == "write")
    assert stop.event is not None
    assert stop.event.address == BSS


def test_a_predicate_that_raises_stops_the_run_and_keeps_the_lab_whole(lab: vmlab.Lab) -> None:
    process = lab.spawn(HELLO)

    def broken(event: vmlab.Event) -> bool:
        return bool(event.no_such_field)

    with pytest.raises(AttributeError, match="no_such_field"):
        lab.run(until=broken)
    lab.check()
    assert lab.run().reason == "exited"
    assert process.stdout == b"hello\n"


@pytest.mark.parametrize("until", [3, ["fault"], b"fault"])
def test_until_something_else(lab: vmlab.Lab, until: object) -> None:
    with pytest.raises(TypeError, match="an event's name"):
        lab.run(until=until)  # type: ignore[arg-type]


def test_until_an_event_that_is_not(lab: vmlab.Lab) -> None:
    with pytest.raises(ValueError, match="did you mean 'fault'"):
        lab.run(until="falt")


def test_a_budget_ends_a_loop(lab: vmlab.Lab) -> None:
    process = lab.spawn(tiny_elf(LOOP_FOR_EVER))
    stop = lab.run(budget=100_000)
    assert stop.reason == "budget"
    assert 0 < stop.instructions <= 101_000
    assert process.registers.eip == ENTRY
    assert lab.run(budget=10).reason == "budget"
    lab.check()


@pytest.mark.parametrize("budget", [-1, 1 << 64, 1.5, "many"])
def test_a_budget_that_is_none(lab: vmlab.Lab, budget: object) -> None:
    with pytest.raises(ValueError, match="how many instructions"):
        lab.run(budget=budget)  # type: ignore[arg-type]


def test_a_run_with_no_process(lab: vmlab.Lab) -> None:
    assert lab.run().reason == "exited"


def test_a_second_thread_is_refused(lab: vmlab.Lab) -> None:
    lab.spawn(tiny_elf(LOOP_FOR_EVER))
    runner = threading.Thread(target=lab.run, kwargs={"budget": 200_000_000})
    runner.start()
    refused = []
    deadline = time.monotonic() + 60
    while runner.is_alive() and not refused and time.monotonic() < deadline:
        try:
            lab.run(budget=1)
        except vmlab.LabBusy as error:
            refused.append(str(error))
            with pytest.raises(vmlab.LabBusy):
                _ = lab.now
    runner.join()
    assert refused
    lab.check()


def test_two_labs_live_side_by_side() -> None:
    program = tiny_elf(store(BSS), write_out(DATA, 2), exit_with(0), data=b"ab")
    with vmlab.Lab(ram="1 MiB") as one, vmlab.Lab(ram="2 MiB") as two:
        first, second = one.spawn(program), two.spawn(program)
        one.run(until="fault_resolved")
        two.run()
        one.run()
        assert first.stdout == second.stdout == b"ab"
        assert one.events.of("fault").to_bytes() != b""
        one.check()
        two.check()


def test_two_processes_take_turns(lab: vmlab.Lab) -> None:
    processes = [lab.spawn(HELLO, args=[str(number)]) for number in range(3)]
    lab.run()
    assert [process.pid for process in lab.processes] == [process.pid for process in processes]
    assert all(process.stdout == b"hello\n" for process in processes)


def test_a_closed_lab_keeps_its_log_and_nothing_else() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(HELLO)
        lab.run()
        maps, table, frames = process.maps, process.page_table, lab.frames
    lab.close()
    assert len(maps) > 0
    assert len(table) > 0
    assert frames.total == 256
    assert lab.events[-1].name == "process_exited"
    for use in (lambda: lab.now, lambda: process.stdout, lambda: lab.spawn(HELLO), lab.run, lambda: lab.processes):
        with pytest.raises(ValueError, match="closed"):
            use()
    assert repr(lab) == "<closed lab>"


def test_an_ended_process_answers_as_at_its_end(lab: vmlab.Lab) -> None:
    process = lab.spawn(tiny_elf(store(BSS + 4, 0x11223344), exit_with(7)))
    lab.run(until="process_exited")
    lab.run()
    assert process.page_table[BSS].dirty
    assert process.maps.find(BSS) is not None
    assert process.walk(BSS).mapped
    assert process.read(BSS + 4, 4) == b"\x44\x33\x22\x11"
    assert process.registers.ebx == 7
    assert process.trap_frame.trapno == 0x80
    assert process.read(BSS + 0x2000, 4) == bytes(4), "mapped, and never touched"
    with pytest.raises(ValueError, match="memory behind"):
        process.read(0x30000000, 4)
    with pytest.raises(ValueError, match="has ended"):
        process.write(BSS, b"x")


def test_memory_is_read_and_written_from_outside(lab: vmlab.Lab) -> None:
    process = lab.spawn(tiny_elf(write_out(DATA, 5), exit_with(0), data=b"hello"))
    assert process.read(DATA, 5) == b"hello", "without a fault"
    assert len(process.faults) == 0
    process.write(DATA + 1, b"ELL")
    lab.run()
    assert process.stdout == b"hELLo"
    for address, size in ((0, 1), (BSS - 2, 0x10000)):
        with pytest.raises(ValueError, match="memory behind"):
            lab.spawn(HELLO).read(address, size)
    with pytest.raises(ValueError, match="32-bit"):
        process.read(0xFFFFFFFF, 2)


def test_a_write_to_one_process_leaves_the_pending_trap_of_another(lab: vmlab.Lab) -> None:
    first = lab.spawn(tiny_elf(store(BSS), write_out(DATA, 2), exit_with(1), data=b"ab"))
    second = lab.spawn(tiny_elf(write_out(DATA, 2), exit_with(2), data=b"cd"))
    lab.run(until=vmlab.event("fault", access="write", pid=first.pid))
    second.write(DATA, b"CD")
    lab.run()
    assert (first.stdout, first.exit_status) == (b"ab", 1)
    assert (second.stdout, second.exit_status) == (b"CD", 2)
    assert [fault.result for fault in first.faults.of("zero_fill")] == ["zero_fill"]
    lab.check()


def test_a_walk_shows_each_step(lab: vmlab.Lab) -> None:
    process = lab.spawn(tiny_elf(store(BSS), exit_with(0)))
    lab.run(until=vmlab.event("fault_resolved", address=BSS))
    walk = lab.walk(process, BSS + 8)
    assert walk.mapped
    assert walk.physical & 0xFFF == 8
    assert walk == lab.walk(process.pid, BSS + 8)
    assert not lab.walk(process, 0).mapped
    assert pickle.loads(pickle.dumps(walk)) == walk
    with pytest.raises(ValueError, match="no process 77"):
        lab.walk(77, 0)


def test_snapshots_are_values(lab: vmlab.Lab) -> None:
    process = lab.spawn(HELLO)
    lab.run(until="syscall")
    snapshots = [process.maps, process.page_table, process.registers, process.trap_frame, lab.frames, lab.counters]
    for snapshot in snapshots:
        assert pickle.loads(pickle.dumps(snapshot)) == snapshot
        assert "<pre" in snapshot._repr_html_()
        assert str(snapshot)


def test_frames_know_who_shows_them(lab: vmlab.Lab) -> None:
    process = lab.spawn(tiny_elf(store(BSS), exit_with(0)))
    lab.run(until=vmlab.event("fault_resolved", address=BSS))
    number = process.page_table[BSS].frame
    assert number is not None
    frame = lab.frames[number]
    assert frame.mapped_by == ((process.pid, BSS),)
    assert frame.use == "page"
    assert lab.frames.total == 256
    assert sum(lab.frames.by_use.values()) == 256
    assert lab.frames[-1].number == 255


def test_a_new_lab_takes_little_time() -> None:
    vmlab.Lab().close()
    times = []
    for _ in range(20):
        began = time.process_time()  # what it takes by itself, however busy the machine is
        lab = vmlab.Lab()
        times.append(time.process_time() - began)
        lab.close()
    assert min(times) < 0.005


def test_code_is_read_only(lab: vmlab.Lab) -> None:
    process = lab.spawn(tiny_elf(store(CODE)))
    lab.run()
    assert process.signal == 11
    assert [fault.result for fault in process.faults][-1] == "protection"
