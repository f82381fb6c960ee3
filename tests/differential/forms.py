# SPDX-License-Identifier: GPL-2.0-only
"""The instruction forms that the fuzzer draws from, each with the flags that the manual leaves undefined."""

from __future__ import annotations

import dataclasses

from tests.differential.layout import Flag

NONE = Flag.NONE


@dataclasses.dataclass(frozen=True)
class Form:
    """One opcode with its operands: `modrm` is "rm", "mem", "reg" or "" for none; `digit` fixes its reg field."""

    name: str
    opcode: bytes
    modrm: str = ""
    digit: int | None = None
    immediate: str = ""  # "", "b", "w", "z" (2 or 4 bytes), "o" (an address), "f" (a far pointer), "r8", "rz" (jumps)
    undefined: Flag = NONE
    operand16: bool = True  # a 66 prefix may stand before it
    lock: bool = False
    repeat: bool = False
    stack: bool = False  # uses ESP
    string: bool = False  # uses ESI and EDI
    selector: bool = False  # its source is a selector
    flow: bool = False
    floating: bool = False
    align: int = 1  # what its memory operand must be aligned to
    prefix: int = 0  # a mandatory one
    weight: int = 1


FORMS: list[Form] = []


def add(name: str, *opcode: int, **options: object) -> None:
    """Adds one form."""
    FORMS.append(Form(name, bytes(opcode), **options))  # type: ignore[arg-type]


def arithmetic_forms() -> None:
    """The eight operations in all their encodings, test, inc, dec, not, neg and the like."""
    for i, name in enumerate(("add", "or", "adc", "sbb", "and", "sub", "xor", "cmp")):
        undefined = Flag.AF if name in ("or", "and", "xor") else NONE
        lock = name != "cmp"
        for opcode in range(i * 8, i * 8 + 4):
            add(name, opcode, modrm="rm", undefined=undefined, lock=lock and opcode & 2 == 0, weight=2)
        add(name, i * 8 + 4, immediate="b", undefined=undefined)
        add(name, i * 8 + 5, immediate="z", undefined=undefined)
        add(name, 0x80, modrm="rm", digit=i, immediate="b", undefined=undefined, lock=lock)
        add(name, 0x81, modrm="rm", digit=i, immediate="z", undefined=undefined, lock=lock)
        add(name, 0x83, modrm="rm", digit=i, immediate="b", undefined=undefined, lock=lock)
    for opcode, immediate in ((0x84, ""), (0x85, "")):
        add("test", opcode, modrm="rm", immediate=immediate, undefined=Flag.AF)
    add("test", 0xA8, immediate="b", undefined=Flag.AF)
    add("test", 0xA9, immediate="z", undefined=Flag.AF)
    add("test", 0xF6, modrm="rm", digit=0, immediate="b", undefined=Flag.AF)
    add("test", 0xF7, modrm="rm", digit=0, immediate="z", undefined=Flag.AF)
    for opcode in (0xFE, 0xFF):
        add("inc", opcode, modrm="rm", digit=0, lock=True, weight=2)
        add("dec", opcode, modrm="rm", digit=1, lock=True, weight=2)
    for opcode in (0xF6, 0xF7):
        add("not", opcode, modrm="rm", digit=2, lock=True)
        add("neg", opcode, modrm="rm", digit=3, lock=True)
        add("mul", opcode, modrm="rm", digit=4, undefined=Flag.SF | Flag.ZF | Flag.AF | Flag.PF)
        add("imul", opcode, modrm="rm", digit=5, undefined=Flag.SF | Flag.ZF | Flag.AF | Flag.PF)
        for digit, name in ((6, "div"), (7, "idiv")):
            every = Flag.CF | Flag.OF | Flag.SF | Flag.ZF | Flag.AF | Flag.PF
            add(name, opcode, modrm="rm", digit=digit, undefined=every)
    undefined = Flag.SF | Flag.ZF | Flag.AF | Flag.PF
    add("imul", 0x0F, 0xAF, modrm="rm", undefined=undefined)
    add("imul", 0x69, modrm="rm", immediate="z", undefined=undefined)
    add("imul", 0x6B, modrm="rm", immediate="b", undefined=undefined)
    for register in range(8):
        add("inc", 0x40 + register)
        add("dec", 0x48 + register)
    add("daa", 0x27, undefined=Flag.OF)
    add("das", 0x2F, undefined=Flag.OF)
    add("aaa", 0x37, undefined=Flag.OF | Flag.SF | Flag.ZF | Flag.PF)
    add("aas", 0x3F, undefined=Flag.OF | Flag.SF | Flag.ZF | Flag.PF)
    add("aam", 0xD4, immediate="b", undefined=Flag.OF | Flag.AF | Flag.CF)
    add("aad", 0xD5, immediate="b", undefined=Flag.OF | Flag.AF | Flag.CF)


def shift_forms() -> None:
    """Shifts, rotates and bit tests; what a count makes undefined is decided for each case, in differences.py."""
    for digit, name in enumerate(("rol", "ror", "rcl", "rcr", "shl", "shr", "sal", "sar")):
        for opcode in (0xC0, 0xC1):
            add(name, opcode, modrm="rm", digit=digit, immediate="b")
        for opcode in (0xD0, 0xD1, 0xD2, 0xD3):
            add(name, opcode, modrm="rm", digit=digit)
    for opcode, name in ((0xA4, "shld"), (0xAC, "shrd")):
        add(name, 0x0F, opcode, modrm="rm", immediate="b")
        add(name, 0x0F, opcode + 1, modrm="rm")
    undefined = Flag.OF | Flag.SF | Flag.AF | Flag.PF
    for opcode, digit, name in ((0xA3, 4, "bt"), (0xAB, 5, "bts"), (0xB3, 6, "btr"), (0xBB, 7, "btc")):
        lock = name != "bt"
        add(name, 0x0F, opcode, modrm="rm", undefined=undefined, lock=lock, weight=3)
        add(name, 0x0F, 0xBA, modrm="rm", digit=digit, immediate="b", undefined=undefined, lock=lock, weight=2)
    scan = Flag.CF | Flag.OF | Flag.SF | Flag.AF | Flag.PF
    add("bsf", 0x0F, 0xBC, modrm="rm", undefined=scan)
    add("bsr", 0x0F, 0xBD, modrm="rm", undefined=scan)


def move_forms() -> None:
    """Moves, exchanges, conditional moves and sets."""
    for opcode in range(0x88, 0x8C):
        add("mov", opcode, modrm="rm", weight=4)
    for opcode in range(0xA0, 0xA4):
        add("mov", opcode, immediate="o", weight=3)
    for register in range(8):
        add("mov", 0xB0 + register, immediate="b")
        add("mov", 0xB8 + register, immediate="z")
        add("xchg", 0x90 + register)
        add("bswap", 0x0F, 0xC8 + register, operand16=False)
    add("mov", 0xC6, modrm="rm", digit=0, immediate="b", weight=2)
    add("mov", 0xC7, modrm="rm", digit=0, immediate="z", weight=2)
    add("lea", 0x8D, modrm="mem")
    for opcode in (0x86, 0x87):
        add("xchg", opcode, modrm="rm", lock=True, weight=3)
    for opcode, name in ((0xB6, "movzx"), (0xB7, "movzx"), (0xBE, "movsx"), (0xBF, "movsx")):
        add(name, 0x0F, opcode, modrm="rm")
    for condition in range(16):
        add("setcc", 0x0F, 0x90 + condition, modrm="rm", digit=0)
        add("cmovcc", 0x0F, 0x40 + condition, modrm="rm")
    for opcode in (0xB0, 0xB1):
        add("cmpxchg", 0x0F, opcode, modrm="rm", lock=True, weight=2)
        add("xadd", 0x0F, opcode + 0x10, modrm="rm", lock=True, weight=2)
    add("cmpxchg8b", 0x0F, 0xC7, modrm="mem", digit=1, lock=True, operand16=False, weight=4)
    add("xlat", 0xD7, weight=2)
    add("nop", 0x0F, 0x1F, modrm="rm", digit=0)
    for opcode, name in ((0x98, "cwde"), (0x99, "cdq"), (0x9E, "sahf"), (0x9F, "lahf")):
        add(name, opcode)
    for opcode, name in ((0xF5, "cmc"), (0xF8, "clc"), (0xF9, "stc"), (0xFC, "cld"), (0xFD, "std")):
        add(name, opcode)


def stack_forms() -> None:
    """Pushes, pops, frames and flags."""
    for register in range(8):
        add("push", 0x50 + register, stack=True)
        add("pop", 0x58 + register, stack=True)
    add("push", 0x68, immediate="z", stack=True, weight=2)
    add("push", 0x6A, immediate="b", stack=True, weight=2)
    add("push", 0xFF, modrm="rm", digit=6, stack=True, weight=4)
    add("pop", 0x8F, modrm="rm", digit=0, stack=True, weight=4)
    add("pusha", 0x60, stack=True, weight=2)
    add("popa", 0x61, stack=True, weight=2)
    add("pushf", 0x9C, stack=True, weight=2)
    add("popf", 0x9D, stack=True, weight=2)
    add("enter", 0xC8, immediate="e", stack=True, weight=3)
    add("leave", 0xC9, stack=True, weight=3)
    for opcode in (0x06, 0x16, 0x1E):  # not CS, whose selector is not Linux's here
        add("push sreg", opcode, stack=True)
    for opcode in (0xA0, 0xA8):
        add("push sreg", 0x0F, opcode, stack=True)


def string_forms() -> None:
    """String instructions, alone and repeated."""
    for opcode, name in ((0xA4, "movs"), (0xA6, "cmps"), (0xAA, "stos"), (0xAC, "lods"), (0xAE, "scas")):
        for wide in (0, 1):
            add(name, opcode + wide, string=True, weight=2)
            add("rep " + name, opcode + wide, string=True, repeat=True, weight=3)


def flow_forms() -> None:
    """Jumps, calls, returns and loops."""
    for condition in range(16):
        add("jcc", 0x70 + condition, immediate="r8", flow=True, operand16=False)
        add("jcc", 0x0F, 0x80 + condition, immediate="rz", flow=True, operand16=False)
    for opcode in range(0xE0, 0xE4):
        add("loop", opcode, immediate="r8", flow=True, operand16=False)
    add("jmp", 0xEB, immediate="r8", flow=True, operand16=False)
    add("jmp", 0xE9, immediate="rz", flow=True, operand16=False)
    add("jmp", 0xFF, modrm="rm", digit=4, flow=True, operand16=False, weight=4)
    add("call", 0xE8, immediate="rz", flow=True, stack=True, operand16=False, weight=3)
    add("call", 0xFF, modrm="rm", digit=2, flow=True, stack=True, operand16=False, weight=5)
    add("ret", 0xC3, flow=True, stack=True, operand16=False, weight=4)
    add("ret", 0xC2, immediate="w", flow=True, stack=True, operand16=False, weight=3)


def system_forms() -> None:
    """What ring 3 may not do, software interrupts, segments."""
    add("int3", 0xCC)
    add("int", 0xCD, immediate="n", weight=4)
    add("into", 0xCE, weight=2)
    add("icebp", 0xF1)
    add("ud2", 0x0F, 0x0B)
    add("bound", 0x62, modrm="mem", weight=3)
    add("arpl", 0x63, modrm="rm", weight=2)
    for opcode in (0xFA, 0xFB, 0xF4):
        add("privileged", opcode)
    for opcode in (0x06, 0x08, 0x09, 0x30, 0x32, 0x33):
        add("privileged", 0x0F, opcode, operand16=False)
    for opcode in (0x20, 0x22):
        add("mov cr", 0x0F, opcode, modrm="reg", digit=3, operand16=False)
    for digit in (2, 3, 6):
        add("privileged", 0x0F, 0x01, modrm="mem", digit=digit, operand16=False)
    for digit in (2, 3):
        add("privileged", 0x0F, 0x00, modrm="rm", digit=digit, operand16=False)
    for opcode in (0xE4, 0xE5, 0xE6, 0xE7):
        add("in/out", opcode, immediate="b")
    for opcode in (0xEC, 0xED, 0xEE, 0xEF):
        add("in/out", opcode)
    for opcode in range(0x6C, 0x70):
        add("ins/outs", opcode, string=True)
    for digit in (0, 2, 3, 5):
        add("mov from sreg", 0x8C, modrm="rm", digit=digit)
    for digit in (0, 3, 4, 5):
        add("mov to sreg", 0x8E, modrm="rm", digit=digit, selector=True, weight=2)


def x87_forms() -> None:
    """x87 instructions with an operand in memory."""

    def mem(opcode: int, digit: int, name: str) -> None:
        add(name, opcode, modrm="mem", digit=digit, operand16=False, floating=True)

    for opcode in (0xD8, 0xDA, 0xDC, 0xDE):
        for digit, name in enumerate(("fadd", "fmul", "fcom", "fcomp", "fsub", "fsubr", "fdiv", "fdivr")):
            mem(opcode, digit, name)
    for opcode in (0xD9, 0xDD):
        mem(opcode, 0, "fld")
        mem(opcode, 2, "fst")
        mem(opcode, 3, "fstp")
    for digit, name in ((4, "fldenv"), (5, "fldcw"), (6, "fnstenv"), (7, "fnstcw")):
        mem(0xD9, digit, name)
    for opcode in (0xDB, 0xDF):
        for digit, name in enumerate(("fild", "fisttp", "fist", "fistp")):
            mem(opcode, digit, name)
    for opcode, digit, name in (
        (0xDB, 5, "fld80"),
        (0xDB, 7, "fstp80"),
        (0xDD, 1, "fisttp"),
        (0xDD, 4, "frstor"),
        (0xDD, 6, "fnsave"),
        (0xDD, 7, "fnstsw"),
        (0xDF, 4, "fbld"),
        (0xDF, 5, "fild"),
        (0xDF, 6, "fbstp"),
        (0xDF, 7, "fistp"),
    ):
        mem(opcode, digit, name)
    add("fwait", 0x9B, floating=True)


def sse_forms() -> None:
    """SSE moves, integer operations, state, and arithmetic."""

    def sse(name: str, prefix: int, opcode: int, align: int = 1, modrm: str = "rm", digit: int | None = None) -> None:
        add(name, 0x0F, opcode, modrm=modrm, digit=digit, operand16=False, floating=True, align=align, prefix=prefix)

    for opcode in (0x10, 0x11):
        for prefix, name in ((0, "movups"), (0x66, "movups"), (0xF3, "movss"), (0xF2, "movsd")):
            sse(name, prefix, opcode)
    for opcode in (0x28, 0x29, 0x2B):
        for prefix in (0, 0x66):
            sse("movaps", prefix, opcode, 16, "mem" if opcode == 0x2B else "rm")
    for opcode in (0x6F, 0x7F):
        sse("movdqa", 0x66, opcode, 16)
        sse("movups", 0xF3, opcode)
        sse("movq mm", 0, opcode)
    for opcode in (0x12, 0x13, 0x16, 0x17):
        for prefix in (0, 0x66):
            sse("movlps", prefix, opcode, modrm="mem")
    for prefix, opcode, name in (
        (0x66, 0x6E, "movd"),
        (0x66, 0x7E, "movd"),
        (0xF3, 0x7E, "movq"),
        (0x66, 0xD6, "movq"),
    ):
        sse(name, prefix, opcode)
    sse("movnti", 0, 0xC3, modrm="mem")
    packed = (
        *range(0x60, 0x6E),
        0x74,
        0x75,
        0x76,
        *range(0xD1, 0xD6),
        *range(0xD8, 0xE6),
        *range(0xE8, 0xF0),
        *range(0xF1, 0xF7),
        *range(0xF8, 0xFF),
    )
    for opcode in packed:
        sse("packed", 0x66, opcode, 16)
    for opcode in (0x54, 0x55, 0x56, 0x57, 0x14, 0x15):
        sse("andps", 0, opcode, 16)
    for opcode in (0x51, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F):
        sse("sse arithmetic", 0, opcode, 16)
        sse("sse arithmetic", 0x66, opcode, 16)
        sse("sse arithmetic", 0xF3, opcode)
        sse("sse arithmetic", 0xF2, opcode)
    for prefix in (0, 0x66):
        sse("comiss", prefix, 0x2E)
        sse("comiss", prefix, 0x2F)
    for prefix in (0xF3, 0xF2):
        for opcode in (0x2A, 0x2C, 0x2D, 0x5A):
            sse("convert", prefix, opcode)
    for digit, name, align in ((0, "fxsave", 16), (1, "fxrstor", 16), (2, "ldmxcsr", 1), (3, "stmxcsr", 1)):
        sse(name, 0, 0xAE, align, "mem", digit)


def build() -> list[Form]:
    """All forms."""
    if not FORMS:
        for make in (
            arithmetic_forms,
            shift_forms,
            move_forms,
            stack_forms,
            string_forms,
            flow_forms,
            system_forms,
            x87_forms,
            sse_forms,
        ):
            make()
    return FORMS
