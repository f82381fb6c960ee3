# SPDX-License-Identifier: GPL-2.0-only
"""A tiny virtual machine monitor: an operating system's instructions in ring 3, each #GP carried out in Python.

Lecture 002, "Fault Resumption": since a faulting instruction is restartable, a fault can be used to emulate things, up
to whole machines that run an operating system on top of another. The guest here believes that it is the kernel. Its
privileged instructions fault; the monitor does to a virtual processor what they would have done to the real one, moves
EIP past them in the trap frame, and goes on.

Run it: python docs/examples/trap_and_emulate.py
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import vmlab
from vmlab.machine import Machine, Trap

KERNEL, MESSAGE, GDT_POINTER = 0x00100000, 0x00005000, 0x00006000
CONSOLE_PORT, KEYBOARD_PORT = 0xE9, 0x60

GUEST_KERNEL = f"""
        cli
        lgdt {GDT_POINTER:#x}
        mov $message, %esi
next:   lodsb
        test %al, %al
        jz done
        out %al, ${CONSOLE_PORT:#x}
        jmp next
done:   in ${KEYBOARD_PORT:#x}, %al
        mov %eax, %ebx
        mov other_directory, %eax
        mov %eax, %cr3
        mov %cr3, %edx
        mov {MESSAGE:#x}, %ecx
        sti
        hlt
other_directory: .long 0
message: .asciz "hello from ring 0, or so I think"
"""


@dataclass
class VirtualProcessor:
    """What the guest believes to be the processor's privileged state."""

    interrupts: bool = True
    halted: bool = False
    gdt: tuple[int, int] = (0, 0)
    console: bytearray = field(default_factory=bytearray)
    keyboard: bytes = b"y"
    emulated: list[str] = field(default_factory=list)


class Monitor:
    """Answers the guest's general protection faults."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.cpu = VirtualProcessor()

    def on_trap(self, machine: Machine, trap: Trap) -> object:
        """Carry out the instruction that faulted; deliver what is none of ours, and the end at hlt."""
        if trap.mnemonic != "#GP":
            return vmlab.DELIVER
        length = self.emulate(machine.read(trap.eip, 8))
        if length == 0:
            return vmlab.DELIVER
        machine.registers.eip = trap.eip + length
        return vmlab.DELIVER if self.cpu.halted else vmlab.RETRY

    def emulate(self, code: bytes) -> int:
        """The instruction's length, or 0 when it is not one that the monitor knows."""
        simple = {0xFA: self.cli, 0xFB: self.sti, 0xF4: self.hlt}
        if code[0] in simple:
            simple[code[0]]()
            return 1
        if code[0] in (0xE4, 0xE6):
            self.port(code[0] == 0xE6, code[1])
            return 2
        if code[:2] in (b"\x0f\x20", b"\x0f\x22"):
            return self.control_register(code[1] == 0x22, code[2])
        if code[:3] == b"\x0f\x01\x15":
            (pointer,) = struct.unpack_from("<I", code, 3)
            self.lgdt(pointer)
            return 7
        return 0

    def note(self, text: str) -> None:
        self.cpu.emulated.append(text)

    def cli(self) -> None:
        self.cpu.interrupts = False
        self.note("cli")

    def sti(self) -> None:
        self.cpu.interrupts = True
        self.note("sti")

    def hlt(self) -> None:
        self.cpu.halted = True
        self.note("hlt")

    def port(self, out: bool, port: int) -> None:
        registers = self.machine.registers
        if out and port == CONSOLE_PORT:
            self.cpu.console.append(registers.eax & 0xFF)
        if not out:
            value = self.cpu.keyboard[0] if port == KEYBOARD_PORT else 0xFF
            registers.eax = registers.eax & ~0xFF & 0xFFFFFFFF | value
        self.note("out" if out else "in")

    def control_register(self, write: bool, modrm: int) -> int:
        names = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi")
        name, number = names[modrm & 7], modrm >> 3 & 7
        if number != 3:
            return 0
        if write:
            self.machine.load_cr3(getattr(self.machine.registers, name))
        else:
            setattr(self.machine.registers, name, int(self.machine.cr3))
        self.note("mov to cr3" if write else "mov from cr3")
        return 3

    def lgdt(self, pointer: int) -> None:
        limit, base = struct.unpack("<HI", self.machine.read(pointer, 6))
        self.cpu.gdt = (base, limit)
        self.note("lgdt")


def build(machine: Machine) -> None:
    """The guest kernel, its data, and a second address space in which MESSAGE lies on another frame."""
    code = machine.asm(GUEST_KERNEL, origin=KERNEL)
    first, second = machine.map(MESSAGE), machine.frames.allocate()
    machine.ram[first * 4096], machine.ram[second * 4096] = 1, 2
    machine.map(GDT_POINTER)
    machine.load(GDT_POINTER, struct.pack("<HI", 0x27, 0x00007000))
    old, kernel_page = machine.cr3, machine.walk(KERNEL).frame
    machine.load_cr3(machine.frames.allocate("page_table") * 4096)
    for page, frame in ((MESSAGE, second), (KERNEL, kernel_page)):
        machine.map(page, frame=frame)
    other = int(machine.cr3)
    machine.load_cr3(old)
    machine.load(KERNEL + code.index(b"hello") - 4, struct.pack("<I", other))


def run() -> tuple[Machine, VirtualProcessor]:
    """Run the guest until it halts."""
    machine = Machine()
    build(machine)
    monitor = Monitor(machine)
    machine.run(budget=10_000, on_trap=monitor.on_trap)
    return machine, monitor.cpu


if __name__ == "__main__":
    machine, cpu = run()
    print(f"the guest's console: {cpu.console.decode()}")
    print(f"emulated: {', '.join(cpu.emulated)}")
    print(f"virtual GDT at {cpu.gdt[0]:#x}, interrupts {'on' if cpu.interrupts else 'off'}, halted {cpu.halted}")
    print(f"read through the second page directory: {machine.registers.ecx}")
