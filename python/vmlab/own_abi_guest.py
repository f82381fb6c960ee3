# SPDX-License-Identifier: GPL-2.0-only
"""What programs for an ABI of the user's own are built with: entry point and calls, a header, a linker script."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.abi_description import AbiDescription, OwnCall

__all__ = ["GuestFiles", "guest_files"]

_TYPES = {"d": "int", "f": "int", "x": "unsigned int", "p": "const void *", "s": "const char *"}
_SAVED = ("ebx", "esi", "edi", "ebp")  # for C's callers
_ENDS = ("_exit", "exit")  # calls that a program ends with
_WORD = 4
_LICENCE = "// SPDX-License-Identifier: 0BSD\n"  # as of the guest library: they become part of the user's programs


@dataclass(frozen=True)
class GuestFiles:
    """The texts of the files. The header is to be found by the ABI's name: <name.h>."""

    abi: str
    header: str
    assembly: str
    script: str


def guest_files(abi: AbiDescription) -> GuestFiles:
    """For `vmlab.c`: a C function for each call, main called with argc and argv, and what it returns given to exit."""
    return GuestFiles(abi.name, _header(abi), _assembly(abi), _script(abi))


def _header(abi: AbiDescription) -> str:
    functions = (
        f"int {call.name}({', '.join(_TYPES[kind] for kind in call.arguments) or 'void'});\n" for call in abi.calls
    )
    return f"{_LICENCE}// The system calls of {abi.name}.\n#pragma once\n\n{''.join(functions)}"


def _assembly(abi: AbiDescription) -> str:
    return _LICENCE + "\n".join([_start(abi), *(_stub(abi, call) for call in abi.calls), _NO_EXECUTABLE_STACK])


def _function(name: str, lines: list[str]) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return (
        f'    .section .text.{name}, "ax", @progbits\n    .globl {name}\n    .type {name}, @function\n{name}:\n{body}'
    )


def _start(abi: AbiDescription) -> str:
    """At ESP: a return address that leads nowhere, argc, argv."""
    ends = [call.name for call in abi.calls if call.name in _ENDS and len(call.arguments) <= 1]
    lines = ["xorl %ebp, %ebp", "movl 4(%esp), %eax", "movl 8(%esp), %ecx"]
    lines += ["andl $-16, %esp", "subl $8, %esp", "pushl %ecx", "pushl %eax", "call main"]
    lines += ["subl $12, %esp", "pushl %eax", f"call {ends[0]}"] if ends else []
    return _function("_start", [*lines, "hlt"])


def _stub(abi: AbiDescription, call: OwnCall) -> str:
    trap = f"int ${abi.syscall_vector:#x}"
    if isinstance(abi.arguments, str):
        if abi.number == "eax":
            return _function(call.name, [f"movl ${call.number:#x}, %eax", trap, "ret"])
        # The number takes the place of the return address, so that the arguments lie where the kernel looks for them.
        return _function(call.name, ["popl %ecx", f"pushl ${call.number:#x}", trap, "movl %ecx, (%esp)", "ret"])
    used = abi.arguments[: len(call.arguments)]
    saved = [register for register in used if register in _SAVED]
    first = _WORD * (len(saved) + 1)
    lines = [f"pushl %{register}" for register in saved]
    lines += [f"movl {first + _WORD * place}(%esp), %{register}" for place, register in enumerate(used)]
    if abi.number == "eax":
        lines += [f"movl ${call.number:#x}, %eax", trap]
    else:
        lines += [f"pushl ${call.number:#x}", trap, f"addl ${_WORD}, %esp"]
    return _function(call.name, [*lines, *(f"popl %{register}" for register in reversed(saved)), "ret"])


_NO_EXECUTABLE_STACK = '    .section .note.GNU-stack, "", @progbits\n'


def _script(abi: AbiDescription) -> str:
    """Text and constants, then data and bss on pages of their own."""
    return f"""\
OUTPUT_FORMAT(elf32-i386)
ENTRY(_start)
PHDRS
{{
    text PT_LOAD FILEHDR PHDRS FLAGS(5);
    data PT_LOAD FLAGS(6);
    stack PT_GNU_STACK FLAGS(6);
}}
SECTIONS
{{
    . = {abi.program_start:#x} + SIZEOF_HEADERS;
    .text : {{ *(.text._start) *(.text .text.*) }} :text
    .rodata : {{ *(.rodata .rodata.*) }} :text
    . = ALIGN(0x1000);
    .data : {{ *(.data .data.*) }} :data
    .bss : {{ *(.bss .bss.*) *(COMMON) }} :data
    /DISCARD/ : {{ *(.comment) *(.note .note.*) *(.eh_frame .eh_frame_hdr) }}
}}
"""
