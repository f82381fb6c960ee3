# SPDX-License-Identifier: GPL-2.0-only
"""A Machine without an operating system: tables by hand, code, traps, and going on after them."""

from __future__ import annotations

import pickle
import struct
import threading
import time

import pytest

import vmlab
from vmlab.machine import Machine, MachineStop, Trap

CODE = 0x00400000
HLT, NOP = b"\xf4", b"\x90"
INT_80 = b"\xcd\x80"


def machine_with(code: bytes, **options: object) -> Machine:
    """A machine with this code at CODE, and EIP there."""
    m = Machine(**options)
    m.map(CODE)
    m.load(CODE, code)
    m.registers.eip = CODE
    return m


def trap_of(m: Machine, budget: int = 1000) -> Trap:
    trap = m.run(budget=budget)
    assert isinstance(trap, Trap), trap
    return trap


def store(address: int) -> bytes:
    """mov %eax, address"""
    return b"\xa3" + struct.pack("<I", address)


def load(address: int) -> bytes:
    """mov address, %eax"""
    return b"\xa1" + struct.pack("<I", address)


def test_a_fault_names_the_address_to_the_byte_and_leaves_the_instruction_undone() -> None:
    m = machine_with(store(0x00800123) + HLT)
    m.registers.eax = 0x11223344
    trap = trap_of(m)
    assert (trap.vector, trap.mnemonic, trap.cr2, trap.error_code, trap.access) == (14, "#PF", 0x00800123, 6, "write")
    assert trap.eip == trap.instruction == CODE
    assert "write" in trap.error
    assert "not present" in trap.error
    m.map(0x00800000)
    assert trap_of(m).vector == 13
    assert m.read(0x00800123, 4) == b"\x44\x33\x22\x11"


def test_the_lectures_push_faults_below_the_page_and_then_goes_on() -> None:
    # push %eax; push %ebx, with the stack of lecture 002
    m = machine_with(b"\x50\x53" + HLT)
    m.map(0x8000)
    m.registers.esp = 0x7FEC
    m.registers.eax = 0xAAAA
    m.registers.ebx = 0xBBBB
    trap = trap_of(m)
    assert (trap.cr2, trap.error_code, trap.registers.esp, trap.eip) == (0x7FE8, 6, 0x7FEC, CODE)
    m.map(trap.cr2)
    assert m.step() == MachineStop("budget", 1)
    assert m.registers.esp == 0x7FE8
    after = trap_of(m)
    assert (after.vector, after.registers.esp) == (13, 0x7FE4)
    assert struct.unpack("<2I", m.read(0x7FE4, 8)) == (0xBBBB, 0xAAAA)


def test_the_trap_frame_is_68_bytes_in_ram() -> None:
    m = machine_with(NOP + HLT)
    trap = trap_of(m)
    top = m.tss.esp0 - 0xC0000000
    assert trap.frame_address == m.tss.esp0 - 68
    assert bytes(m.ram[top - 68 : top]) == trap.frame_bytes
    ss, esp, eflags, cs, eip, error, trapno = (
        int.from_bytes(m.ram[top - below : top - below + 4], "little") for below in (4, 8, 12, 16, 20, 24, 28)
    )
    assert (ss & 0xFFFF, esp, cs & 0xFFFF, eip) == (0x23, m.registers.esp, 0x1B, CODE + 1)
    assert (error, trapno) == (0, 13)
    assert eflags & 0x202 == 0x202
    assert trap.frame.eip == CODE + 1


def test_bytes_changed_on_the_kernel_stack_change_where_the_guest_goes_on() -> None:
    m = machine_with(HLT + NOP + HLT)
    trap = trap_of(m)
    at = trap.frame_address - 0xC0000000 + 48
    m.ram[at : at + 4] = struct.pack("<I", CODE + 1)
    assert m.registers.eip == CODE + 1
    assert m.iret().eip == CODE + 1
    assert trap_of(m).instruction == CODE + 2


def test_setting_a_register_while_a_trap_is_handled_changes_the_frame_in_ram() -> None:
    m = machine_with(HLT + NOP + HLT)
    trap = trap_of(m)
    m.registers.eip = CODE + 1
    m.registers.ebx = 5
    at = trap.frame_address - 0xC0000000
    assert struct.unpack("<I", m.ram[at + 48 : at + 52]) == (CODE + 1,)
    again = trap_of(m)
    assert (again.instruction, again.registers.ebx) == (CODE + 2, 5)


def test_an_iret_needs_a_trap_and_stays_in_ring_3() -> None:
    m = machine_with(HLT)
    with pytest.raises(ValueError, match="no trap"):
        m.iret()
    at = trap_of(m).frame_address - 0xC0000000 + 52
    m.ram[at : at + 2] = struct.pack("<H", 0x08)
    with pytest.raises(ValueError, match="ring 3"):
        m.iret()
    with pytest.raises(ValueError, match="ring 3"):
        m.run(budget=1)


def test_a_kernel_stack_elsewhere_gets_the_frame() -> None:
    m = machine_with(HLT)
    frame = m.frames.allocate()
    m.tss.esp0 = 0xC0000000 + (frame + 1) * 4096
    assert trap_of(m).frame_address == m.tss.esp0 - 68
    for wrong in (0x1000, 0xC0000000, 0xD0000000):
        with pytest.raises(ValueError, match="kernel stack"):
            m.tss.esp0 = wrong


def test_the_gates_decide_who_may_use_int() -> None:
    m = machine_with(INT_80 + HLT)
    closed = trap_of(m)
    assert (closed.vector, closed.error_code, closed.eip, closed.software) == (13, 0x80 * 8 + 2, CODE, False)
    assert closed.error == "gate 128 of the IDT is closed to ring 3"
    m.set_gate(0x80)
    assert m.idt[0x80].dpl == 3
    assert m.idt[0x80].present
    through = trap_of(m)
    assert (through.vector, through.eip, through.instruction, through.software) == (0x80, CODE + 2, CODE, True)
    m.set_gate(0x80, dpl=0)
    m.registers.eip = CODE
    assert trap_of(m).vector == 13
    for wrong in ((256, 3), (-1, 0), (3, 1)):
        with pytest.raises(ValueError, match="vector"):
            m.set_gate(*wrong)


def test_a_users_int_14_is_a_general_protection_fault_and_no_page_fault() -> None:
    trap = trap_of(machine_with(b"\xcd\x0e"))
    assert (trap.vector, trap.error_code, trap.cr2) == (13, 0x72, None)


def test_the_gdt_is_flat_and_shown() -> None:
    segments = Machine().gdt
    assert [(s.selector, s.code, s.dpl) for s in segments] == [
        (0x08, True, 0),
        (0x10, False, 0),
        (0x1B, True, 3),
        (0x23, False, 3),
    ]
    assert {(s.base, s.limit) for s in segments} == {(0, 0xFFFFFFFF)}


def test_a_machine_without_tables_faults_on_its_first_fetch() -> None:
    m = Machine()
    trap = trap_of(m)
    assert (trap.vector, trap.access, trap.cr2, trap.error_code) == (14, "fetch", 0, 4)


def test_tables_written_by_hand_are_what_the_processor_reads() -> None:
    m = Machine()
    directory, table, page = (m.frames.allocate(use) for use in ("page_table", "page_table", "page"))
    m.ram[directory * 4096 + 4 : directory * 4096 + 8] = struct.pack("<I", table << 12 | 7)
    m.ram[table * 4096 : table * 4096 + 4] = struct.pack("<I", page << 12 | 5)
    m.ram[page * 4096 : page * 4096 + 6] = store(CODE) + HLT
    m.load_cr3(directory * 4096)
    m.registers.eip = CODE
    trap = trap_of(m)
    assert (trap.cr2, trap.error_code) == (CODE, 7)
    walk = m.walk(CODE)
    assert (walk.physical, walk.writable, walk.user) == (page * 4096, False, True)
    assert [step.bits & 0x60 for step in walk.steps] == [0x20, 0x20]
    assert m.pte_address(CODE) == table * 4096
    assert m.pte_address(0x08000000) is None
    m.ram[table * 4096] = 7
    m.run(budget=1)
    assert m.walk(CODE).steps[1].bits & 0x60 == 0x60


def test_unmapping_takes_the_page_away_and_leaves_the_frame() -> None:
    m = machine_with(NOP + HLT)
    free = m.frames.available
    m.run(budget=1)
    m.unmap(CODE)
    trap = trap_of(m)
    assert (trap.cr2, trap.error_code, trap.access) == (CODE + 1, 4, "fetch")
    assert m.frames.available == free


def test_a_supervisor_page_stops_the_guest_with_protection() -> None:
    m = machine_with(load(0x5000))
    m.map(0x5000, user=False)
    assert (trap_of(m).error_code, m.walk(0x5000).user) == (5, False)


@pytest.mark.parametrize("stale", ["honoured", "ignored"])
def test_the_processor_relies_on_the_os_to_say_when_an_entry_changed(stale: str) -> None:
    m = machine_with(load(0x5000) + b"\xeb\xf9", stale=stale)
    old, new = m.map(0x5000), m.frames.allocate()
    m.ram[old * 4096], m.ram[new * 4096] = 1, 2
    m.run(budget=2)
    assert m.registers.eax == 1
    pte = m.pte_address(0x5000)
    assert pte is not None
    m.ram[pte : pte + 4] = struct.pack("<I", new << 12 | 7)
    m.run(budget=2)
    assert m.registers.eax == (1 if stale == "honoured" else 2)
    m.invlpg(0x5000)
    m.run(budget=2)
    assert m.registers.eax == 2


def test_the_modelled_tlb_is_looked_at_and_counted() -> None:
    m = machine_with(load(0x5000) + HLT, stale="honoured")
    frame = m.map(0x5000)
    trap_of(m)
    entries = {entry.page: entry for entry in m.tlb.entries}
    assert set(entries) == {CODE, 0x5000}
    assert (entries[0x5000].frame, entries[0x5000].space) == (frame, m.cr3)
    flushes = m.tlb.flushes
    m.flush_tlb()
    assert (m.tlb.entries, m.tlb.flushes) == ((), flushes + 1)
    m.invlpg(0x5000)
    assert m.tlb.invalidations > 0
    assert "flushes" in str(m.tlb)


def test_every_reference_is_traced_when_asked() -> None:
    m = machine_with(load(0x5000) + store(0x6004) + HLT, trace_accesses=True)
    m.map(0x5000)
    m.map(0x6000)
    trap_of(m)
    accesses = m.take_accesses()
    assert [access for access in accesses if access[1] != "fetch"] == [(0x5000, "read"), (0x6000, "write")]
    assert (CODE, "fetch") in accesses
    assert m.take_accesses() == []


def test_a_budget_stops_between_instructions() -> None:
    m = machine_with(NOP * 10 + HLT)
    assert m.run(budget=3) == MachineStop("budget", 3)
    assert m.registers.eip == CODE + 3
    assert m.run(budget=0) == MachineStop("budget", 3)
    assert trap_of(m).eip == CODE + 10


def test_code_written_through_ram_is_executed_afterwards() -> None:
    m = machine_with(b"\x43\xf4")
    trap_of(m)
    at = m.walk(CODE).physical
    assert at is not None
    m.ram[at] = 0x4B
    m.registers.eip = CODE
    assert trap_of(m).registers.ebx == 0


def test_traps_are_values() -> None:
    trap = trap_of(machine_with(HLT))
    assert pickle.loads(pickle.dumps(trap)) == trap
    assert trap == trap_of(machine_with(HLT))
    assert "#GP" in str(trap)
    with pytest.raises(AttributeError):
        trap.vector = 3  # type: ignore[misc]


def test_a_scripted_machine_needs_no_engine() -> None:
    m = Machine.scripted([("write", 0x5000, 7), ("read", 0x5000, 0), ("interrupt", 0, 3)])
    trap = trap_of(m)
    assert (trap.cr2, trap.error_code, trap.eip) == (0x5000, 6, 0)
    m.map(0x5000)
    assert trap_of(m).vector == 3
    assert m.registers.eax == 7
    with pytest.raises(ValueError, match="one page"):
        Machine.scripted([("read", 0xFFE, 0)])
    with pytest.raises(ValueError, match="'read'"):
        Machine.scripted([("peek", 0, 0)])


def test_wrong_arguments_are_errors_that_say_what_to_write() -> None:
    for options, message in (
        ({"ram": "1 MB"}, "MiB"),
        ({"ram": "5 KiB"}, "multiple of 4096"),
        ({"ram": "4 KiB"}, "8 KiB"),
        ({"ram": "2 GiB"}, "1 GiB"),
        ({"tlb_entries": 12}, "power of two"),
        ({"tlb_ways": -1}, "tlb_ways"),
        ({"tlb": "none"}, "'flush', 'tagged'"),
        ({"stale": "maybe"}, "'ignored', 'honoured'"),
    ):
        with pytest.raises(ValueError, match=message):
            Machine(**options)
    m = Machine()
    with pytest.raises(ValueError, match="32-bit"):
        m.map(1 << 32)
    with pytest.raises(ValueError, match=r"m\.map"):
        m.load(0x5000, b"x")
    with pytest.raises(ValueError, match="32 bits"):
        m.registers.eax = -1
    with pytest.raises(ValueError, match="CS"):
        m.registers.cs = 8
    with pytest.raises(AttributeError, match="no register"):
        m.registers.rax = 1
    with pytest.raises(ValueError, match="budget"):
        m.run(budget=-1)


def test_frames_run_out_and_come_back() -> None:
    m = Machine(ram="16 KiB")
    assert m.frames.uses == ("descriptors", "kernel_stack", "free", "free")
    first, _second = m.frames.allocate(), m.frames.allocate()
    with pytest.raises(MemoryError):
        m.frames.allocate()
    m.frames.free(first)
    assert m.frames.allocate() == first
    for wrong in (0, 1, 4, -1):
        with pytest.raises(ValueError, match="frame"):
            m.frames.free(wrong)
    with pytest.raises(ValueError, match="page_table"):
        m.frames.allocate("kernel_stack")


def test_a_closed_machine_says_so() -> None:
    with machine_with(HLT) as m:
        ram = m.ram
        trap = trap_of(m)
    with pytest.raises(ValueError, match="closed"):
        m.run()
    m.close()
    assert repr(m) == "<closed machine>"
    assert trap.vector == 13
    assert ram[0] == 0


def test_a_second_thread_is_refused_while_the_machine_runs() -> None:
    m = machine_with(b"\xeb\xfe")
    thread = threading.Thread(target=m.run, args=(20_000_000,))
    thread.start()
    try:
        refused = None
        while thread.is_alive() and refused is None:
            try:
                m.run(budget=1)
            except vmlab.LabBusy as error:
                refused = error
            time.sleep(0)
    finally:
        thread.join()
    assert refused is not None
    assert isinstance(m.run(budget=1), MachineStop)


def test_a_call_gate_in_the_gdt_is_refused() -> None:
    m = machine_with(b"\x9a" + struct.pack("<IH", CODE, 0x33))
    m.ram[48:56] = struct.pack("<HHHH", 0, 0x08, 0xEC00, 0x40)
    with pytest.raises(ValueError, match="slot 6 of the GDT"):
        m.run()


def test_pushf_through_a_stale_entry_shows_the_guest_its_own_flags() -> None:
    m = machine_with(b"\x9c\x58" * 3 + HLT, stale="honoured")  # pushf; pop %eax
    m.map(0x7000)
    m.registers.esp = 0x8000
    m.run(budget=2)
    flags = m.registers.eax
    pte, other = m.pte_address(0x7000), m.frames.allocate()
    assert pte is not None
    m.ram[other * 4096 : other * 4096 + 4096] = b"\xff" * 4096
    m.ram[pte : pte + 4] = struct.pack("<I", other << 12 | 7)
    m.run(budget=2)
    assert m.registers.eax == flags
    assert bytes(m.ram[other * 4096 : other * 4096 + 4096]) == b"\xff" * 4096
    m.ram[pte : pte + 4] = bytes(4)
    m.run(budget=2)
    assert m.registers.eax == flags
