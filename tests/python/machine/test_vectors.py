# SPDX-License-Identifier: GPL-2.0-only
"""The processor's vectors 0 to 20: how ring 3 raises each, and which this machine never raises, by name."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from vmlab import _core
from vmlab.machine import Machine, MachineStop, Trap

CODE, DATA, STACK_TOP = 0x00400000, 0x5000, 0x8000
HLT = b"\xf4"
GDT_SLOT, SELECTOR = 6, 0x33


def dword(value: int) -> bytes:
    return struct.pack("<I", value)


def set_flag(flag: int) -> bytes:
    """pushf; orl $flag, (%esp); popf"""
    return b"\x9c\x81\x0c\x24" + dword(flag) + b"\x9d"


def nothing(m: Machine) -> None:
    pass


def bounds_0_to_5(m: Machine) -> None:
    m.registers.eax = 10
    m.load(DATA, dword(0) + dword(5))


def absent_segment(m: Machine) -> None:
    m.ram[GDT_SLOT * 8 : GDT_SLOT * 8 + 8] = struct.pack("<Q", 0x00CF73000000FFFF)
    m.registers.eax = SELECTOR


def unmask_divide_by_zero(m: Machine) -> None:
    m.load(DATA, struct.pack("<H", 0x37B))  # an x87 control word
    m.load(DATA + 8, dword(0x1D80))  # an MXCSR
    m.load(DATA + 16, struct.pack("<ff", 1, 0))


def page_outside_ram(m: Machine) -> None:
    m.map(DATA, frame=5000)


@dataclass(frozen=True)
class Raise:
    """Code that raises a vector, the offset of EIP in the trap frame, and the error code."""

    code: bytes
    eip: int = 0
    error: int = 0
    set_up: Callable[[Machine], None] = nothing


X87_DIVISION = b"\xd9\x2d" + dword(DATA) + b"\xd9\xe8\xd9\xee\xde\xf9\x9b"  # fldcw; fld1; fldz; fdivp; fwait
SSE_DIVISION = b"\x0f\xae\x15" + dword(DATA + 8) + b"\xf3\x0f\x10\x05" + dword(DATA + 16)
SSE_DIVISION += b"\xf3\x0f\x5e\x05" + dword(DATA + 20)  # ldmxcsr; movss; divss

RAISED = {
    0: Raise(b"\xf7\xf1"),  # div %ecx
    1: Raise(set_flag(0x100) + b"\x90\x90", eip=10),  # the trap flag: after the first nop
    3: Raise(b"\xcc", eip=1),  # int3
    4: Raise(b"\xb8\xff\xff\xff\x7f\x40\xce", eip=7),  # mov $0x7fffffff, %eax; inc %eax; into
    5: Raise(b"\x62\x05" + dword(DATA), set_up=bounds_0_to_5),  # bound %eax, DATA
    6: Raise(b"\x0f\x0b"),  # ud2
    11: Raise(b"\x8e\xe8", error=GDT_SLOT * 8, set_up=absent_segment),  # mov %ax, %gs
    12: Raise(b"\x8e\xd0", error=GDT_SLOT * 8, set_up=absent_segment),  # mov %ax, %ss
    13: Raise(HLT),
    14: Raise(b"\xa3" + dword(0x00800000), error=6),  # mov %eax, 0x800000
    16: Raise(X87_DIVISION, eip=12, set_up=unmask_divide_by_zero),  # on the fwait
    18: Raise(b"\xa1" + dword(DATA), set_up=page_outside_ram),  # where a processor reads an empty bus
}

NEVER_RAISED = {
    2: "NMI: there is no device that would",
    7: "#NM: the x87 unit is always there, CR0.TS and EM are clear",
    8: "#DF: a trap never faults, since the machine writes the frame by itself",
    9: "the coprocessor segment overrun: no processor since the 387 raises it",
    10: "#TS: there is no task to switch to; an iret with NT set reads an absent TSS and is #PF",
    15: "reserved",
    17: "#AC: the engine checks no alignment",
    19: "#XM: the engine's SSE raises nothing, unmasked or not",
    20: "#VE: there is no EPT",
}


def prepared(code: bytes, set_up: Callable[[Machine], None] = nothing) -> Machine:
    m = Machine()
    for page in (CODE, DATA, STACK_TOP - 4096):
        m.map(page)
    m.load(CODE, code)
    m.registers.eip = CODE
    m.registers.esp = STACK_TOP
    set_up(m)
    return m


def first_trap(m: Machine) -> Trap:
    trap = m.run(budget=100)
    assert isinstance(trap, Trap)
    return trap


def test_every_vector_is_raised_or_listed_with_its_reason() -> None:
    assert sorted([*RAISED, *NEVER_RAISED]) == list(range(21))


@pytest.mark.parametrize("vector", RAISED)
def test_ring_3_raises_it_with_the_processors_eip_and_error_code(vector: int) -> None:
    how = RAISED[vector]
    trap = first_trap(prepared(how.code, how.set_up))
    assert (trap.vector, trap.error_code, trap.eip - CODE) == (vector, how.error, how.eip)
    assert trap.mnemonic == _core.mnemonic_of(vector) != ""
    assert trap.software == (vector in (3, 4))
    assert (trap.frame.trapno, trap.frame.err, trap.frame.eip) == (vector, how.error, CODE + how.eip)


@pytest.mark.parametrize("vector", [*NEVER_RAISED, *RAISED])
def test_int_n_raises_it_only_through_an_open_gate(vector: int) -> None:
    m = prepared(bytes((0xCD, vector)))
    trap = first_trap(m)
    if vector in (3, 4):
        assert (trap.vector, trap.eip) == (vector, CODE + 2)
        return
    assert (trap.vector, trap.error_code, trap.eip) == (13, vector * 8 + 2, CODE)
    m.set_gate(vector)
    trap = first_trap(m)
    assert (trap.vector, trap.error_code, trap.software, trap.cr2) == (vector, 0, True, None)


def test_no_alignment_check() -> None:
    m = prepared(set_flag(0x40000) + b"\xa1" + dword(DATA + 1) + HLT)
    assert first_trap(m).eip == CODE + 14


def test_no_simd_exception() -> None:
    m = prepared(SSE_DIVISION + HLT, unmask_divide_by_zero)
    assert first_trap(m).eip == CODE + len(SSE_DIVISION)


def test_iret_with_nested_task_set_is_a_page_fault() -> None:
    assert first_trap(prepared(set_flag(0x4000) + b"\xcf")).vector == 14


@pytest.mark.parametrize("budget", [1, 2, 3, 100])
@pytest.mark.parametrize("code", [b"\xff\x06\x00\x80", b"\x9c" * 8 + b"\xf4", b"\x90" * 8], ids=["inc", "pushf", "nop"])
def test_an_iret_that_claims_virtual_8086_mode_ends_in_a_trap(code: bytes, budget: int) -> None:
    # gs, fs, ds, es, ss, esp, eflags with VM, cs, eip: what an iret to virtual-8086 mode takes
    frame = (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0x1000, 0x800, 0x20202, 0x1000, 0)
    pushes = b"".join(b"\x68" + dword(word) for word in frame)
    m = prepared(pushes + b"\xcf")
    m.map(0x10000)
    m.load(0x10000, code)
    assert isinstance(m.run(budget=len(frame)), MachineStop)
    trap = m.run(budget=budget)
    assert isinstance(trap, Trap)
    assert trap.vector == 13
    assert trap.registers.eflags & 0x20000 == 0
    assert (trap.registers.cs, trap.registers.ss) == (0x1B, 0x23)
    m.registers.eip, m.registers.esp = CODE, STACK_TOP
    assert isinstance(m.run(budget=3), MachineStop)
