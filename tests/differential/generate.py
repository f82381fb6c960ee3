# SPDX-License-Identifier: GPL-2.0-only
"""Random cases: an instruction, the pages around it and the registers it starts from. All follows from the seed."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Sequence

from tests.differential.forms import Form
from tests.differential.layout import (
    ARITHMETIC,
    CODE_BYTES,
    GENERAL,
    GS_BASE,
    PAGE,
    PAGES,
    REGION,
    Case,
    Flag,
    FloatingState,
    Group,
    PageAccess,
)

CASES_A_GROUP = 64
ESP, EBP, ESI, EDI = 4, 5, 6, 7
CODE_PAGES = 2
INT3 = 0xCC
# Selectors on which the two descriptor tables agree: null, the user's own, the kernel's, a local one, beyond the end.
SELECTORS = (0, 1, 2, 3, 0x23, 0x2B, 0x08, 0x10, 0x0F, 0x2C, 0x1234, 0xFFF8)
GS_PREFIX = 0x65
UNLIKE_SELECTORS = (0x18, 0x30, 0x78)


def number(rng: random.Random) -> int:
    """A value that is no address of the native runner's own memory."""
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(
            (0, 1, 2, 3, 7, 8, 31, 32, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
        )
    if kind < 0.5:
        return rng.randrange(256)
    if kind < 0.7:
        return rng.randrange(0x80000000, 0xF0000000)
    if kind < 0.8:
        return rng.randrange(0x10000, 0x10000000)
    return pointer(rng)


def pointer(rng: random.Random) -> int:
    """An address of the region, more often near the end of a page."""
    page = rng.randrange(CODE_PAGES, PAGES)
    kind = rng.random()
    if kind < 0.45:
        offset = PAGE - rng.randrange(1, 17)
    elif kind < 0.6:
        offset = rng.randrange(16)
    else:
        offset = rng.randrange(PAGE)
    return REGION + page * PAGE + offset


def make_content(rng: random.Random) -> bytes:
    """The bytes of all pages."""
    pool = [number(rng) for _ in range(256)]
    return struct.pack(f"<{PAGES * PAGE // 4}I", *rng.choices(pool, k=PAGES * PAGE // 4))


def make_access(rng: random.Random) -> list[PageAccess]:
    """Rights of the pages; the first holds the code and can at least be read."""
    kinds = (PageAccess.ABSENT, PageAccess.READ_ONLY, PageAccess.READ_WRITE)
    access = [rng.choices(kinds, (0.3, 0.25, 0.45))[0] for _ in range(PAGES)]
    access[0] = rng.choice((PageAccess.READ_ONLY, PageAccess.READ_WRITE))
    access[1] = rng.choices(kinds, (0.4, 0.3, 0.3))[0]
    return access


def signed8(value: int) -> int:
    """Sign-extends a byte to 32 bits."""
    return (value ^ 0x80) - 0x80


class Builder:
    """Builds one instruction for given registers, moving registers where an address must be reached."""

    def __init__(
        self, rng: random.Random, form: Form, registers: list[int], content: bytes, absolute: bool = False
    ) -> None:
        self.rng = rng
        self.form = form
        self.registers = registers
        self.content = content
        self.absolute = absolute  # no address may depend on registers, which earlier instructions change
        self.pinned = {ESP} if form.stack else set()
        self.operand16 = form.operand16 and rng.random() < 0.15
        self.address16 = False
        self.target: int | None = None
        self.segment = rng.choice((0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x65, 0x65)) if rng.random() < 0.04 else 0

    def build(self, at: int) -> bytes:
        """The instruction's bytes, for address `at`."""
        rng, form = self.rng, self.form
        if form.string and rng.random() < 0.9:
            for register in (ESI, EDI):
                self.registers[register] = pointer(rng)
        if form.repeat:
            self.registers[1] = rng.choices((0, 1, 2, 3, rng.randrange(4, 40)), (1, 2, 2, 2, 5))[0]
        if form.name == "xlat":
            self.registers[3] = pointer(rng) - (self.registers[0] & 0xFF) & 0xFFFFFFFF
        if form.name == "leave":
            self.registers[EBP] = pointer(rng)
        if form.selector:
            return self.selector_load()
        operand = self.operand()
        prefixes = bytearray()
        if form.lock and rng.random() < 0.1 and operand and operand[0] >> 6 != 3:
            prefixes.append(0xF0)
        if form.repeat:
            prefixes.append(rng.choice((0xF2, 0xF3)))
        if self.operand16:
            prefixes.append(0x66)
        if self.address16:
            prefixes.append(0x67)
        if self.segment:
            prefixes.append(self.segment)
        rng.shuffle(prefixes)
        mandatory = bytes((form.prefix,)) if form.prefix else b""
        return bytes(prefixes) + mandatory + form.opcode + operand + self.immediate()

    def operand(self) -> bytes:
        """ModRM and what follows it."""
        rng, form = self.rng, self.form
        if not form.modrm:
            return b""
        reg = form.digit if form.digit is not None else rng.randrange(8)
        if form.modrm == "reg" or (form.modrm == "rm" and rng.random() < 0.2):
            return bytes((0xC0 | reg << 3 | rng.randrange(8),))
        target = pointer(rng) if rng.random() < 0.93 else number(rng)
        if rng.random() < 0.95:
            target &= -form.align
        self.target = target
        if self.segment == GS_PREFIX:
            target = target - GS_BASE & 0xFFFFFFFF
        if self.absolute:
            return bytes((reg << 3 | 5,)) + struct.pack("<I", target)
        if not form.floating and rng.random() < 0.02:
            return self.short_address(reg)
        mode = rng.randrange(3)
        base = rng.choice((0, 1, 2, 3, 6, 7, 4, 4, 5))
        if base == 4:
            return self.scaled_address(reg, mode, target)
        if base == 5 and mode == 0:
            return bytes((reg << 3 | 5,)) + struct.pack("<I", target)
        displacement = self.displacement(mode, base, 0, target)
        return bytes((mode << 6 | reg << 3 | base,)) + displacement

    def scaled_address(self, reg: int, mode: int, target: int) -> bytes:
        """The form with a SIB byte."""
        scale, index, base = self.rng.randrange(4), self.rng.randrange(8), self.rng.randrange(8)
        indexed = 0 if index == 4 else self.registers[index] << scale
        if index == base:
            mode = 2
        sib = bytes((mode << 6 | reg << 3 | 4, scale << 6 | index << 3 | base))
        if base == 5 and mode == 0:
            return sib + struct.pack("<I", target - indexed & 0xFFFFFFFF)
        if index != 4:
            self.pinned.add(index)
        return sib + self.displacement(mode, base, indexed, target)

    def displacement(self, mode: int, base: int, rest: int, target: int) -> bytes:
        """A displacement by which `base` reaches the target; the base moves where the displacement is too short."""
        if mode == 2:
            wide = target - rest - self.registers[base] & 0xFFFFFFFF
            return struct.pack("<I", wide)
        short = self.rng.randrange(256) if mode == 1 else 0
        if base not in self.pinned or base == ESP:
            self.registers[base] = target - rest - (signed8(short) if mode == 1 else 0) & 0xFFFFFFFF
        return bytes((short,)) if mode == 1 else b""

    def short_address(self, reg: int) -> bytes:
        """A 16-bit address: never mapped."""
        self.address16 = True
        mode, rm = self.rng.randrange(3), self.rng.randrange(8)
        length = 2 if mode == 2 or (mode == 0 and rm == 6) else mode
        return bytes((mode << 6 | reg << 3 | rm,)) + self.rng.randbytes(length)

    def selector_load(self) -> bytes:
        """mov to a segment register, from a general one or from memory whose word both sides take alike."""
        reg = self.form.digit or 0
        if self.rng.random() < 0.5:
            source = self.rng.randrange(8)
            if source != ESP:
                self.registers[source] = self.registers[source] & 0xFFFF0000 | self.rng.choice(SELECTORS)
            if self.registers[source] & 0xFFFC not in UNLIKE_SELECTORS:
                return self.form.opcode + bytes((0xC0 | reg << 3 | source,))
        target = pointer(self.rng)
        offset = target - REGION
        while self.content[offset] & 0xFC in UNLIKE_SELECTORS:
            target = pointer(self.rng)
            offset = target - REGION
        return self.form.opcode + bytes((reg << 3 | 5,)) + struct.pack("<I", target)

    def immediate(self) -> bytes:
        """Immediate bytes; jumps stay within reach of the region."""
        rng = self.rng
        kind = self.form.immediate
        if kind in ("b", "r8"):
            return rng.randbytes(1)
        if kind == "w":
            return struct.pack("<H", rng.choice((0, 4, 8, rng.randrange(0x10000))))
        if kind == "z":
            value = number(rng)
            return struct.pack("<H", value & 0xFFFF) if self.operand16 else struct.pack("<I", value)
        if kind == "rz":
            return struct.pack("<i", rng.randrange(-0x2000, 0x8000))
        if kind == "o":
            return struct.pack("<I", pointer(rng))
        if kind == "n":
            return bytes((rng.choice([n for n in range(256) if n != 0x80]),))
        if kind == "e":
            return struct.pack("<HB", rng.choice((0, 4, 8, 16, 100, 0x1000)), rng.choice((0, 0, 0, 1, 2, 3, 33)))
        return b""


def make_floating(rng: random.Random) -> FloatingState:
    """Four x87 registers in use and four free, at any place of the stack, and any XMM."""
    registers = b"".join(extended(rng) for _ in range(4)) + bytes(40)
    top = rng.randrange(8)
    return FloatingState(
        status=top << 11,
        valid=sum(1 << (top + i) % 8 for i in range(4)),
        registers=registers,
        xmm=rng.randbytes(128),
    )


def extended(rng: random.Random) -> bytes:
    """An 80-bit number in one of its normal forms."""
    kind = rng.random()
    sign = rng.randrange(2) << 15
    if kind < 0.1:
        return struct.pack("<QH", 0, sign)
    if kind < 0.15:
        return struct.pack("<QH", 1 << 63, sign | 0x7FFF)
    exponent = 0x3FFF + rng.randrange(-40, 70)
    return struct.pack("<QH", 1 << 63 | rng.getrandbits(63), sign | exponent)


def make_case(rng: random.Random, forms: Sequence[Form], weights: Sequence[int], content: bytes) -> Case:
    """One instruction under the trap flag."""
    form = rng.choices(forms, cum_weights=weights)[0]
    registers = [pointer(rng) if rng.random() < 0.4 else number(rng) for _ in GENERAL]
    registers[ESP] = pointer(rng) & ~3 if rng.random() < 0.8 else pointer(rng)
    builder = Builder(rng, form, registers, content)
    code = builder.build(0)
    at = REGION + (PAGE - rng.randrange(1, 18) if rng.random() < 0.15 else rng.randrange(64, PAGE - 64))
    eflags = Flag.IF | Flag.TF | (rng.getrandbits(12) & (ARITHMETIC | Flag.DF)) | 2
    return Case(
        form.name,
        code,
        at,
        builder.registers,
        int(eflags),
        make_floating(rng),
        form.undefined,
        content,
        builder.target,
        form.align,
    )


def in_sequence(form: Form) -> bool:
    """Forms that may follow one another: all they leave is defined, and no address depends on what they leave."""
    plain = not (form.flow or form.string or form.stack or form.selector or form.floating or form.undefined)
    shifts = ("rol", "ror", "rcl", "rcr", "shl", "sal", "shr", "sar", "shld", "shrd")
    special = (
        "xlat",
        "push sreg",
        "arpl",
        "bound",
        "into",
        "int",
        "int3",
        "icebp",
        "neg",
        "privileged",
        "mov cr",
        *shifts,
    )
    return plain and form.name not in special


def make_sequence(rng: random.Random, forms: Sequence[Form], content: bytes) -> Case:
    """Several instructions without the trap flag, so that a fault comes in the middle of a block; then int3."""
    registers = [number(rng) for _ in GENERAL]
    registers[ESP] = pointer(rng) & ~3
    code = b""
    for form in rng.choices(forms, k=rng.randrange(2, 7)):
        builder = Builder(rng, form, registers, content, absolute=True)
        builder.segment = 0
        more = builder.build(0)
        if len(code) + len(more) < CODE_BYTES - 1:
            code += more
    at = REGION + (PAGE - rng.randrange(1, 40) if rng.random() < 0.3 else rng.randrange(64, PAGE - 64))
    eflags = Flag.IF | (rng.getrandbits(12) & ARITHMETIC) | 2
    return Case("sequence", code, at, registers, int(eflags), make_floating(rng), content=content, padding=INT3)


def make_jump(rng: random.Random, access: list[PageAccess], content: bytes) -> Case:
    """A jump or call without the trap flag, to an absent page or to an int3."""
    registers = [number(rng) for _ in GENERAL]
    registers[ESP] = pointer(rng) & ~3
    at = REGION + rng.randrange(64, PAGE - 64)
    absent = [REGION + i * PAGE for i, kind in enumerate(access) if kind == PageAccess.ABSENT] + [0x5000]
    target = rng.choice(absent) + rng.randrange(PAGE) if rng.random() < 0.7 else at + rng.randrange(8, CODE_BYTES)
    kind = rng.randrange(4)
    if kind < 2:
        register = rng.choice((0, 1, 2, 3, 5, 6, 7))
        registers[register] = target
        code = bytes((0xFF, 0xC0 | (4 if kind else 2) << 3 | register))
    else:
        opcode = rng.choice((b"\xe8", b"\xe9", bytes((0x0F, 0x80 + rng.randrange(16)))))
        code = opcode + struct.pack("<I", target - at - len(opcode) - 4 & 0xFFFFFFFF)
    eflags = Flag.IF | (rng.getrandbits(12) & ARITHMETIC) | 2
    return Case("jump", code, at, registers, int(eflags), make_floating(rng), content=content, padding=INT3)


class Generator:
    """All cases of one seed."""

    def __init__(self, seed: int, forms: Sequence[Form]) -> None:
        self.rng = random.Random(seed)
        self.forms = forms
        self.sequence_forms = [form for form in forms if in_sequence(form)]
        self.weights = list(itertools.accumulate(form.weight for form in forms))

    def case(self, access: list[PageAccess], content: bytes) -> Case:
        """One case of any kind."""
        kind = self.rng.random()
        if kind < 0.12:
            return make_sequence(self.rng, self.sequence_forms, content)
        if kind < 0.17:
            return make_jump(self.rng, access, content)
        return make_case(self.rng, self.forms, self.weights, content)

    def group(self, count: int = CASES_A_GROUP) -> Group:
        """A set of pages and the cases that use it."""
        content = make_content(self.rng)
        access = make_access(self.rng)
        return Group(access, content, [self.case(access, content) for _ in range(count)])
