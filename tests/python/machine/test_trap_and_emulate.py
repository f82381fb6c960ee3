# SPDX-License-Identifier: GPL-2.0-only
"""The example of a tiny virtual machine monitor, and Machine.asm, which it leans on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

import vmlab
from vmlab.machine import Machine, Trap
from vmlab.toolchain import find_compiler

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "trap_and_emulate.py"


@pytest.fixture(scope="module", autouse=True)
def _compiler() -> None:
    try:
        find_compiler()
    except vmlab.ToolchainError as error:
        pytest.skip(f"no compiler to assemble with: {error}")


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("trap_and_emulate", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_kernel_runs_in_ring_3_on_a_monitor_in_python(example: ModuleType) -> None:
    machine, cpu = example.run()
    assert cpu.console == b"hello from ring 0, or so I think"
    assert [name for name in cpu.emulated if name != "out"] == [
        "cli",
        "lgdt",
        "in",
        "mov to cr3",
        "mov from cr3",
        "sti",
        "hlt",
    ]
    assert cpu.emulated.count("out") == len(cpu.console)
    assert (cpu.interrupts, cpu.halted, cpu.gdt) == (True, True, (0x7000, 0x27))
    registers = machine.registers.snapshot()
    assert registers.ebx & 0xFF == ord("y")
    assert registers.edx == machine.cr3
    assert registers.ecx == 2
    assert registers.cs & 3 == 3


def test_an_instruction_that_the_monitor_does_not_know_is_delivered(example: ModuleType) -> None:
    machine = Machine()
    machine.asm("wbinvd", origin=example.KERNEL)
    trap = machine.run(on_trap=example.Monitor(machine).on_trap)
    assert isinstance(trap, Trap)
    assert (trap.mnemonic, trap.eip) == ("#GP", example.KERNEL)


def test_asm_maps_loads_and_points_eip_there() -> None:
    m = Machine()
    code = m.asm("start: mov $start, %eax\nhlt", origin=0x10FFC)
    assert m.read(0x10FFC, len(code)) == code
    assert m.walk(0x11000).mapped
    m.run()
    assert m.registers.eax == 0x10FFC


def test_asm_says_what_does_not_assemble() -> None:
    with pytest.raises(vmlab.CompileError):
        Machine().asm("no such thing", origin=0x1000)
