# SPDX-License-Identifier: GPL-2.0-only
"""Traps answered from Python: page faults, emulation, and handlers that go wrong."""

from __future__ import annotations

import os
import signal
import struct
import threading
import time

import pytest

import vmlab
from vmlab.machine import Machine, MachineStop, Trap

CODE = 0x00400000
HLT = b"\xf4"
FOR_EVER = b"\xeb\xfe"


def machine_with(code: bytes) -> Machine:
    m = Machine()
    m.map(CODE)
    m.load(CODE, code)
    m.registers.eip = CODE
    return m


def store(address: int) -> bytes:
    return b"\xa3" + struct.pack("<I", address)


def test_a_handler_pages_memory_in_on_demand() -> None:
    m = machine_with(b"".join(store(page << 12) for page in range(5, 9)) + HLT)
    faults = []

    def page_in(machine: Machine, trap: Trap) -> object:
        faults.append((trap.cr2, trap.error_code))
        machine.map(trap.cr2)
        return vmlab.RETRY

    trap = m.run(page_fault_handler=page_in)
    assert isinstance(trap, Trap)
    assert trap.vector == 13
    assert faults == [(page << 12, 6) for page in range(5, 9)]
    assert m.instructions == 4


def test_deliver_gives_the_trap_back() -> None:
    m = machine_with(store(0x5000))
    trap = m.run(page_fault_handler=lambda machine, trap: vmlab.DELIVER)
    assert isinstance(trap, Trap)
    assert trap.cr2 == 0x5000


def test_a_handler_that_changes_the_frame_resumes_elsewhere() -> None:
    # A program that just ignores segmentation violations: the handler steps over the store.
    m = machine_with(store(0x5000) + b"\x43" + HLT)

    def ignore(machine: Machine, trap: Trap) -> object:
        machine.registers.eip = trap.eip + 5
        return vmlab.RETRY

    trap = m.run(page_fault_handler=ignore)
    assert isinstance(trap, Trap)
    assert (trap.vector, trap.registers.ebx) == (13, 1)


def test_a_handler_without_progress_is_stopped() -> None:
    m = machine_with(store(0x5000))
    calls = []

    def useless(machine: Machine, trap: Trap) -> object:
        calls.append(trap)
        return vmlab.RETRY

    with pytest.raises(vmlab.HandlerMadeNoProgress, match="RETRY"):
        m.run(page_fault_handler=useless)
    assert len(calls) == 2
    assert m.registers.eip == CODE


def test_the_same_system_call_in_a_loop_is_progress() -> None:
    m = machine_with(b"\xcd\x80\xeb\xfc")
    m.set_gate(0x80)
    calls = []

    def count(machine: Machine, trap: Trap) -> object:
        calls.append(trap.vector)
        return vmlab.RETRY if len(calls) < 5 else vmlab.DELIVER

    m.run(on_trap=count)
    assert calls == [0x80] * 5


def test_a_retry_costs_budget_so_that_a_run_ends() -> None:
    m = machine_with(b"\xcd\x80\xeb\xfc")
    m.set_gate(0x80)
    assert isinstance(m.run(budget=300, on_trap=lambda machine, trap: vmlab.RETRY), MachineStop)
    assert 90 <= m.instructions <= 210


def test_an_exception_in_a_handler_comes_out_with_its_own_traceback() -> None:
    m = machine_with(store(0x5000) + HLT)

    def broken(machine: Machine, trap: Trap) -> object:
        raise ZeroDivisionError("the student's own")

    with pytest.raises(ZeroDivisionError, match="the student's own") as caught:
        m.run(page_fault_handler=broken)
    assert caught.traceback[-1].name == "broken"
    assert m.registers.eip == CODE
    m.map(0x5000)
    assert isinstance(m.run(), Trap)


def test_a_handler_may_look_and_change_but_not_run() -> None:
    m = machine_with(store(0x5000))

    def nested(machine: Machine, trap: Trap) -> object:
        machine.run(budget=1)
        return vmlab.RETRY

    with pytest.raises(vmlab.LabBusy, match="handler"):
        m.run(page_fault_handler=nested)


def test_a_wrong_answer_is_a_type_error() -> None:
    m = machine_with(store(0x5000))
    with pytest.raises(TypeError, match=r"vmlab\.RETRY"):
        m.run(page_fault_handler=lambda machine, trap: True)  # type: ignore[arg-type,return-value]


def test_the_trap_handler_gets_what_the_fault_handler_delivers() -> None:
    m = machine_with(store(0x5000) + HLT)
    seen = []

    def on_trap(machine: Machine, trap: Trap) -> object:
        seen.append(trap.mnemonic)
        return vmlab.DELIVER

    m.run(on_trap=on_trap, page_fault_handler=lambda machine, trap: vmlab.DELIVER)
    assert seen == ["#PF"]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals to a thread are POSIX")
def test_ctrl_c_ends_a_run_that_would_not_end() -> None:
    m = machine_with(FOR_EVER)

    def interrupt() -> None:
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    helper = threading.Thread(target=interrupt)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        m.run()
    helper.join()
    assert m.registers.eip == CODE
    assert isinstance(m.run(budget=1), MachineStop)
