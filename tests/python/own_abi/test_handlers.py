# SPDX-License-Identifier: GPL-2.0-only
"""Handlers that err: their exceptions come out of run(), and the lab stays whole."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.python.own_abi.abis import Larger, Tiny
from tests.python.replay.test_replay import assert_goes_on_after_failure, assert_same

import vmlab
from vmlab import ProcessHandle

CALLS = vmlab.c("""
    #include <calling.h>
    int main(void) { int got = call(7); write("after", 5); return got; }""")
FAULTS = vmlab.c("""
    #include <calling.h>
    int main(void) { *(volatile int *)0x100000 = 3; return *(volatile int *)0x100000; }""")


class Calling(Tiny):
    """Its fourth call does what a test wants, once for each of `todo`; then it returns its argument."""

    name = "calling"

    def __init__(self, *todo: Callable[[ProcessHandle], object]) -> None:
        self.todo = list(todo)

    @vmlab.syscall(4, "d")
    def call(self, process: ProcessHandle, number: int) -> object:
        return self.todo.pop(0)(process) if self.todo else number

    def page_fault(self, process: ProcessHandle, fault: vmlab.UnresolvedFault) -> None:
        if self.todo:
            self.todo.pop(0)(process)
        else:
            process.map(4096, fault.address.page)


def fail(process: ProcessHandle) -> object:
    process.print("before ")
    raise LookupError("no idea")


def exit_and_fail(process: ProcessHandle) -> object:
    process.exit(3)
    process.read(0x08048000, 4)
    raise LookupError("no idea")


def wait_and_fail(process: ProcessHandle) -> object:
    process.wait()
    raise LookupError("no idea")


@pytest.mark.parametrize("step", [fail, exit_and_fail, wait_and_fail])
def test_an_exception_comes_out_as_itself_and_the_call_is_made_again(
    step: Callable[[ProcessHandle], object], tmp_path: Path
) -> None:
    with vmlab.Lab(abi=Calling(step)) as lab:
        process = lab.spawn(CALLS)
        with pytest.raises(LookupError, match="no idea") as raised:
            lab.run()
        assert f"in {step.__name__}" in "".join(traceback.format_tb(raised.value.__traceback__))
        lab.check()
        assert process.alive
        assert lab.events[-1].name != "syscall_return"
        assert_same(lab, tmp_path / "journal")
        assert lab.run().reason == "exited"
        assert process.exit_status == 7
        assert str(lab.events.syscalls[0]) == "call(7) = 7", "it is in the log once"
        assert len(lab.events.syscalls) == 3
        assert_same(lab, tmp_path / "journal")


def test_a_lab_may_be_closed_after_an_exception() -> None:
    with vmlab.Lab(abi=Calling(fail)) as lab:
        lab.spawn(CALLS)
        with pytest.raises(LookupError):
            lab.run()
        log = lab.events
    assert log[-1].name == "syscall"


def test_an_exception_at_a_fault(tmp_path: Path) -> None:
    with vmlab.Lab(abi=Calling(fail)) as lab:
        process = lab.spawn(FAULTS)
        assert_goes_on_after_failure(lab, process, tmp_path / "journal", status=3)
        assert lab.console == b"before "
        assert [event.result for event in lab.events.of("fault_resolved")].count("no_mapping") == 1
        assert process.counters["no_mapping"] == 1, "it is resolved once, though its handler was asked twice"


def test_a_fault_that_nothing_was_done_about(tmp_path: Path) -> None:
    def nothing(process: ProcessHandle) -> None: ...

    with vmlab.Lab(abi=Calling(nothing, nothing)) as lab:
        process = lab.spawn(FAULTS)
        with pytest.raises(vmlab.HandlerMadeNoProgress, match=r"process\.kill\(\)"):
            lab.run()
        lab.check()
        assert_same(lab, tmp_path / "journal")
        with pytest.raises(vmlab.HandlerMadeNoProgress):
            lab.run()
        lab.run()
        assert process.exit_status == 3
        assert_same(lab, tmp_path / "journal")


def test_waiting_at_a_fault_is_progress() -> None:
    def nap(process: ProcessHandle) -> None:
        process.sleep(100)

    with vmlab.Lab(abi=Calling(nap, nap, nap)) as lab:
        process = lab.spawn(FAULTS)
        lab.run()
        assert process.exit_status == 3


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ("text", TypeError, r"Calling\.call returned 'text': a system call returns an int"),
        (1.0, TypeError, r"Calling\.call returned 1\.0"),
        (b"", TypeError, r"Calling\.call"),
        (1 << 32, ValueError, r"Calling\.call returned 4294967296: a system call returns 32 bits"),
        (-(1 << 31) - 1, ValueError, r"Calling\.call returned -2147483649"),
    ],
)
def test_what_a_call_cannot_return(answer: object, error: type[Exception], said: str) -> None:
    with vmlab.Lab(abi=Calling(lambda process: answer)) as lab:
        lab.spawn(CALLS)
        with pytest.raises(error, match=said):
            lab.run()
        lab.check()


@pytest.mark.parametrize(
    ("answer", "word"),
    [(None, 0), (True, 1), ((1 << 32) - 1, -1), (-(1 << 31), -(1 << 31)), (1 << 31, -(1 << 31)), (5, 5)],
)
def test_what_a_call_returns(answer: object, word: int) -> None:
    with vmlab.Lab(abi=Calling(lambda process: answer)) as lab:
        process = lab.spawn(CALLS)
        lab.run()
        assert lab.events.syscalls[0].result == process.exit_status == word


def test_a_call_that_ended_the_process_returns_nothing() -> None:
    with vmlab.Lab(abi=Calling(lambda process: process.exit(5))) as lab:
        process = lab.spawn(CALLS)
        lab.run()
        assert process.exit_status == 5
        assert lab.events.syscalls[0].result is None
    with vmlab.Lab(abi=Calling(lambda process: process.kill())) as lab:
        process = lab.spawn(CALLS)
        lab.run()
        assert (process.exit_status, process.signal) == (None, 9)


def test_a_handler_cannot_run_the_lab() -> None:
    def step(process: ProcessHandle) -> int:
        assert lab.events[-1].name == "syscall", "looking is allowed"
        assert lab.process(process.pid).registers.eax == 4 == process.registers.eax
        for forbidden in (lab.run, lambda: lab.spawn(CALLS), lambda: lab.process(1).write(0x08049000, b"x")):
            with pytest.raises(vmlab.LabBusy):
                forbidden()
        return 6

    with vmlab.Lab(abi=Calling(step)) as lab:
        process = lab.spawn(CALLS)
        lab.run()
        assert process.exit_status == 6


def test_the_handle_expires() -> None:
    kept: list[ProcessHandle] = []
    with vmlab.Lab(abi=Calling(kept.append)) as lab:
        lab.spawn(CALLS)
        lab.run()
    (handle,) = kept
    for use in (lambda: handle.pid, lambda: handle.read(0, 1), lambda: handle.exit(0), lambda: handle.fork()):
        with pytest.raises(ValueError, match="expired"):
            use()


def test_what_a_handler_may_not_say() -> None:
    def step(process: ProcessHandle) -> int:
        with pytest.raises(TypeError):
            process.read("here", 4)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            process.write(0x08049000, "text")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="a time of 1 or more"):
            process.sleep(0)
        for address in (-1, 1 << 32):
            with pytest.raises(vmlab.BadAddress):
                process.read(address, 1)
            with pytest.raises(vmlab.BadAddress):
                process.set_heap_end(address)
        assert not process.wake(-1)
        assert not process.wake(77)
        assert not process.reap(process.pid)
        assert process.parent is None
        assert process.children == ()
        return 9

    with vmlab.Lab(abi=Calling(step)) as lab:
        process = lab.spawn(CALLS)
        lab.run()
        assert process.exit_status == 9


@pytest.mark.skipif(os.name == "nt", reason="signals are sent as on Unix")
def test_ctrl_c_in_a_handler() -> None:
    def step(process: ProcessHandle) -> None:
        signal.raise_signal(signal.SIGINT)

    with vmlab.Lab(abi=Calling(step)) as lab:
        process = lab.spawn(CALLS)
        with pytest.raises(KeyboardInterrupt):
            lab.run()
        lab.check()
        lab.run()
        assert process.exit_status == 7


def test_no_frame_for_a_child() -> None:
    body = """
        #include <larger.h>
        char memory[40 * 4096];
        int main(void) {
            for (int page = 0; page < 40; page++) memory[page * 4096] = 1;
            return fork(); }"""
    with vmlab.Lab(abi=Larger, ram="256 KiB", fork="eager") as lab:
        process = lab.spawn(vmlab.c(body))
        lab.run()
        lab.check()
        assert process.exit_status == -12


def test_an_instance_keeps_what_it_knows_and_a_class_is_made_for_each_lab() -> None:
    class Counting(Tiny):
        name = "counting"

        def __init__(self) -> None:
            self.calls = 0

        @vmlab.syscall(4)
        def count(self, process: ProcessHandle) -> int:
            self.calls += 1
            return self.calls

    program = vmlab.c("#include <counting.h>\nint main(void) { count(); return count(); }").compile(Counting)
    abi = Counting()
    statuses = []
    for given in (Counting, Counting, abi, abi):
        with vmlab.Lab(abi=given) as lab:
            process = lab.spawn(program)
            lab.run()
            statuses.append(process.exit_status)
    assert statuses == [2, 2, 2, 4]
    assert abi.calls == 4
