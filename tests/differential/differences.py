# SPDX-License-Identifier: GPL-2.0-only
"""What may differ between the engine and the processor, each by name and as narrow as it can be told."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from tests.differential.comparison import (
    ALL_FIELDS,
    EBP,
    ECX,
    EDI,
    ESI,
    ESP,
    X87_FIELDS,
    XMM_FIELDS,
    Comparison,
    bit_fields,
    differing_fields,
    flag_fields,
    memory_bytes,
)
from tests.differential.layout import ARITHMETIC, GENERAL, GS_BASE, REGION, Case, Flag, Outcome

FETCH = 0x10  # the error code's I/D bit
WRITE = 2

Allowance = Callable[[Comparison], "set[str] | frozenset[str]"]
DIFFERENCES: dict[str, Allowance] = {}


def difference(allowance: Allowance) -> Allowance:
    """Registers one named difference; the docstring says what differs, the result which fields of this case."""
    DIFFERENCES[allowance.__name__] = allowance
    return allowance


@difference
def resume_flag(c: Comparison) -> set[str]:
    """The processor saves RF with a fault; it is a note to itself, and the engine keeps none."""
    return flag_fields(int(Flag.RF)) if c.native.eflags & Flag.RF else set()


@difference
def fetch_bit(c: Comparison) -> set[str]:
    """The host has no-execute, so a fetch fault carries the I/D bit, which classic i386 paging has not."""
    fetch = c.native.trap == 14 and c.native.error & FETCH
    return {"error"} if fetch and c.native.error & ~FETCH == c.ours.error else set()


@difference
def undefined_flags(c: Comparison) -> set[str]:
    """Flags that the manual leaves undefined after this instruction."""
    return flag_fields(int(c.case.undefined)) if c.completed else set()


def shift_count(c: Comparison) -> int:
    """The masked count of a shift, rotate or double shift."""
    first = c.opcode[0]
    if first in (0xD0, 0xD1):
        return 1
    by_register = first in (0xD2, 0xD3) or (first == 0x0F and c.opcode[1] & 1)
    return (c.case.general[ECX] if by_register else c.case.code[-1]) & 31


@difference
def undefined_by_shift_count(c: Comparison) -> set[str]:
    """Flags, and for long 16-bit double shifts the result, that a shift's count makes undefined."""
    name = c.case.name
    if not c.completed or name not in ("rol", "ror", "rcl", "rcr", "shl", "sal", "shr", "sar", "shld", "shrd"):
        return set()
    count = shift_count(c)
    if count == 0:
        return set()
    flags = Flag(0) if count == 1 else Flag.OF
    if name[0] == "s":
        flags |= Flag.AF
    if name in ("shl", "sal", "shr"):
        bits = 8 if c.opcode[0] & 1 == 0 else c.size * 8
        flags |= Flag.CF if count >= bits else Flag(0)
    if name in ("shld", "shrd") and count > c.size * 8:
        return flag_fields(int(ARITHMETIC)) | {"memory", *GENERAL}
    return flag_fields(int(flags))


@difference
def interrupted_repetition_flags(c: Comparison) -> set[str]:
    """A repeated comparison stopped between two elements: the processor has not set the flags yet, the engine has."""
    stopped = c.case.name in ("rep cmps", "rep scas") and c.native.eip == c.case.code_at
    return flag_fields(int(ARITHMETIC)) if stopped else set()


@difference
def pusha_popa_order(c: Comparison) -> set[str]:
    """Which of the eight words is touched first, when more than one may fault."""
    if c.native.trap != 14 or c.ours.trap != 14 or c.case.name not in ("pusha", "popa"):
        return set()
    low = c.esp - 8 * c.size if c.case.name == "pusha" else c.esp
    inside = all(0 <= o.cr2 - low < 8 * c.size for o in (c.native, c.ours))
    return {"cr2", "error"} if inside else set()


@difference
def enter_probe(c: Comparison) -> set[str]:
    """enter checks that the byte at the new ESP can be written; the engine does not."""
    return set(ALL_FIELDS) if c.case.name == "enter" and c.native.trap == 14 and c.native.error & WRITE else set()


@difference
def push_segment_upper_half(c: Comparison) -> set[str]:
    """A 32-bit push of a segment register leaves the upper half of the word alone; the engine writes zeros."""
    if c.case.name != "push sreg" or not c.completed or c.size == 2:
        return set()
    if c.ours.trap == 14:
        return set(ALL_FIELDS) if 0 <= c.ours.cr2 - (c.esp - 2) < 2 else set()
    upper = {c.esp - 2 - REGION, c.esp - 1 - REGION}
    content = c.case.content
    native, ours = memory_bytes(c.native, content), memory_bytes(c.ours, content)
    unlike = {at for at in native.keys() | ours.keys() if native.get(at) != ours.get(at)}
    return {"memory"} if unlike <= upper else set()


@difference
def segment_rights(c: Comparison) -> set[str]:
    """The engine does not check a null segment, nor that code is not written through CS."""
    refused = c.native.trap == 13 and c.native.error == 0
    return set(ALL_FIELDS) if refused and c.segment in ("cs", "fs") else set()


@difference
def ret_immediate_sign(c: Comparison) -> set[str]:
    """The engine takes the immediate of `ret imm16` for signed."""
    far = c.case.name == "ret" and c.opcode[0] == 0xC2 and c.opcode[2] >= 0x80
    return {"esp"} if far and (c.native.general[ESP] - c.ours.general[ESP]) & 0xFFFFFFFF == 0x10000 else set()


@difference
def arpl_writes_always(c: Comparison) -> set[str]:
    """arpl that has nothing to adjust writes nothing; the engine writes the old value back."""
    written = c.ours.trap == 14 and c.ours.error & WRITE
    return set(ALL_FIELDS) if c.case.name == "arpl" and c.native.trap == 1 and written else set()


@difference
def privileged_before_fetch(c: Comparison) -> set[str]:
    """The engine refuses a privileged instruction before it has fetched the rest of it from the next page."""
    tail_absent = c.native.trap == 14 and c.native.error & FETCH and c.native.eip == c.case.code_at
    return {"trap"} if c.case.name in ("privileged", "mov cr") and tail_absent and c.ours.trap == 13 else set()


@difference
def lock_neg_flags(c: Comparison) -> set[str]:
    """After `lock neg` the engine's SF, ZF and PF are of the old value."""
    locked = c.case.name == "neg" and 0xF0 in c.prefixes and c.completed
    return flag_fields(int(Flag.SF | Flag.ZF | Flag.PF | Flag.AF)) if locked else set()


LONG_ORDERS = {
    "fbld": 10,
    "fbstp": 10,
    "fxsave": 512,
    "fxrstor": 512,
    "fnsave": 108,
    "frstor": 108,
    "fnstenv": 28,
    "fldenv": 28,
}


@difference
def long_operand_order(c: Comparison) -> set[str]:
    """Which byte of a long x87 or SSE image is touched first; the engine may store some of it before a fault."""
    length = LONG_ORDERS.get(c.case.name)
    if length is None or c.case.operand is None or c.native.trap != 14 or c.ours.trap != 14:
        return set()
    start = c.case.operand & ~15 if length == 512 else c.case.operand
    # The processor may name the last byte it probes.
    inside = all(0 <= (o.cr2 - start) & 0xFFFFFFFF < length + 16 for o in (c.native, c.ours))
    return {"cr2", "error", "memory", *bit_fields("mxcsr", range(16))} | X87_FIELDS | XMM_FIELDS if inside else set()


@difference
def image_contents(c: Comparison) -> set[str]:
    """Saved images hold the last instruction's pointers and opcode, and reserved fields; the engine leaves zeros."""
    if not c.completed or c.case.operand is None or c.case.name not in ("fxsave", "fnsave", "fnstenv"):
        return set()
    content = c.case.content
    native, ours = memory_bytes(c.native, content), memory_bytes(c.ours, content)
    unlike = {at - (c.case.operand - REGION) for at in native.keys() | ours.keys() if native.get(at) != ours.get(at)}
    if c.case.name == "fxsave":
        pointers = {*range(5, 24), *range(28, 32), *range(288, 512)}
        pointers |= {32 + 16 * i + j for i in range(8) for j in range(10, 16)}
    else:
        # Control, status and tag words have 16 bits in fields of 32; the tag's kinds of "valid" may differ.
        pointers = {*range(2, 4), *range(6, 28)}
    return {"memory"} if unlike <= pointers else set()


@difference
def x87_exception_flags(c: Comparison) -> set[str]:
    """The engine does not note denormal operands, underflow, precision or rounding up as the processor does."""
    if c.case.name[0] != "f" or not c.completed:
        return set()
    return bit_fields("x87 status", (0, 1, 4, 5, 9))


@difference
def x87_zero_divided(c: Comparison) -> set[str]:
    """Zero divided by zero is an invalid operation; the engine notes a division by zero."""
    return bit_fields("x87 status", (2,)) if c.case.name in ("fdiv", "fdivr") and c.completed else set()


@difference
def fbstp_sign_of_zero(c: Comparison) -> set[str]:
    """A negative number that rounds to zero keeps its sign; the engine stores a positive zero."""
    if c.case.name != "fbstp" or not c.completed or c.case.operand is None:
        return set()
    native, ours = memory_bytes(c.native, c.case.content), memory_bytes(c.ours, c.case.content)
    unlike = {at for at in native.keys() | ours.keys() if native.get(at) != ours.get(at)}
    return {"memory"} if unlike == {c.case.operand - REGION + 9} else set()


@difference
def fldenv_reads_less(c: Comparison) -> set[str]:
    """The engine reads only the control, status and tag words of an environment of 28 bytes."""
    if c.case.name != "fldenv" or c.case.operand is None or c.native.trap != 14 or c.ours.trap != 1:
        return set()
    return set(ALL_FIELDS) if 10 <= (c.native.cr2 - c.case.operand) & 0xFFFFFFFF < 28 else set()


@difference
def bound_reads_both(c: Comparison) -> set[str]:
    """An index below the lower bound is #BR at once; the engine reads the upper bound first, which may fault."""
    return {"trap"} if c.case.name == "bound" and c.native.trap == 5 and c.ours.trap == 14 else set()


@difference
def x87_reserved_control(c: Comparison) -> set[str]:
    """Reserved bits of the control word, and the busy and summary bits that follow from it."""
    loads = c.case.name in ("fldcw", "fldenv", "frstor", "fxrstor") and c.completed
    return bit_fields("x87 control", (6, 7, 13, 14, 15)) | bit_fields("x87 status", (7, 15)) if loads else set()


@difference
def x87_integer_overflow(c: Comparison) -> set[str]:
    """fisttp and fbstp of a number too large store the indefinite; the engine stores the nearest, or digits."""
    invalid = c.native.floating.status & 1
    return {"memory"} if c.case.name in ("fisttp", "fbstp") and c.completed and invalid else set()


@difference
def fld_signalling_nan(c: Comparison) -> set[str]:
    """Loading a signalling NaN is an invalid operation that makes it quiet; the engine loads it as it is."""
    invalid = c.native.floating.status & 1
    return {"st slot 0"} if c.case.name == "fld" and c.completed and invalid else set()


@difference
def fxsave_reserved_area(c: Comparison) -> set[str]:
    """The processor touches all 512 bytes of the image; the engine leaves the reserved end alone."""
    if c.case.name not in ("fxsave", "fxrstor") or c.case.operand is None or c.native.trap != 14 or c.ours.trap != 1:
        return set()
    return set(ALL_FIELDS) if 288 <= (c.native.cr2 - c.case.operand) & 0xFFFFFFFF < 512 else set()


@difference
def enter16_keeps_upper_ebp(c: Comparison) -> set[str]:
    """enter with 16-bit operands sets BP alone; the engine sets EBP."""
    alike = (c.native.general[EBP] ^ c.ours.general[EBP]) & 0xFFFF == 0
    return {"ebp"} if c.case.name == "enter" and c.size == 2 and c.completed and alike else set()


@difference
def mxcsr_exception_flags(c: Comparison) -> set[str]:
    """The engine does not set the sticky exception flags of SSE arithmetic."""
    arithmetic = c.case.name in ("sse arithmetic", "convert", "comiss") and c.completed
    return bit_fields("mxcsr", range(6)) if arithmetic else set()


@difference
def misaligned_sse(c: Comparison) -> set[str]:
    """A misaligned 16-byte operand is #GP; the engine does not look."""
    misaligned = c.case.operand is not None and c.case.operand % c.case.align != 0
    return set(ALL_FIELDS) if misaligned and c.native.trap == 13 and c.native.error == 0 else set()


@difference
def reserved_mxcsr(c: Comparison) -> set[str]:
    """Loading reserved MXCSR bits is #GP; the engine takes them."""
    refused = c.native.trap == 13 and c.native.error == 0 and c.ours.trap == 1
    return set(ALL_FIELDS) if refused and c.case.name in ("ldmxcsr", "fxrstor") else set()


@difference
def wide_store_prefix(c: Comparison) -> set[str]:
    """Of a 16- or 10-byte store, or of pusha, that faults on one page, either side may have stored on the other."""
    both = c.native.trap == 14 and c.ours.trap == 14
    return {"memory"} if both and c.case.name in ("movups", "fstp80", "pusha") else set()


@difference
def wide_load_half(c: Comparison) -> set[str]:
    """Of a 16-byte load that faults on its second page, the engine may have loaded the first half."""
    both = c.native.trap == 14 and c.ours.trap == 14
    return set(XMM_FIELDS) if both and c.case.name == "movups" else set()


@difference
def mmx_state(c: Comparison) -> set[str]:
    """An MMX instruction sets the tags and the top of the x87 stack before its operand may fault, and no exponents."""
    return set(X87_FIELDS) if c.case.name == "movq mm" else set()


@functools.cache
def host_is_amd() -> bool:
    """Whether this host's processor is one of AMD's, which does some things otherwise than Intel's."""
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    return any(line.startswith("vendor_id") and "AuthenticAMD" in line for line in lines)


@difference
def amd_icebp_address(c: Comparison) -> set[str]:
    """On an AMD host under a hypervisor icebp's #DB comes with EIP on it; Intel's, and the engine's, is behind it."""
    behind = c.ours.eip == c.case.code_at + len(c.prefixes) + 1
    on_it = c.native.trap == 1 and c.native.eip == c.case.code_at
    return {"eip"} if host_is_amd() and c.case.name == "icebp" and on_it and behind else set()


@difference
def amd_cmps_order(c: Comparison) -> set[str]:
    """With both operands of cmps absent, AMD reports the one at ESI; Intel, and the engine, the one at EDI."""
    esi, edi = c.native.general[ESI], c.native.general[EDI]
    esi += GS_BASE if 0x65 in c.prefixes else 0
    swapped = 0 <= c.native.cr2 - esi < 4 and 0 <= c.ours.cr2 - edi < 4
    return {"cr2"} if host_is_amd() and "cmps" in c.case.name and c.native.trap == 14 and swapped else set()


@difference
def amd_operand_past_the_end(c: Comparison) -> set[str]:
    """An operand that runs past 4 GiB is #GP or #SS on AMD; Intel, and the engine, fault on its last page."""
    longest = 512
    at_the_end = c.ours.trap == 14 and c.ours.cr2 > 0xFFFFFFFF - longest
    refused = c.native.trap in (12, 13) and c.native.error == 0
    return {"trap"} if host_is_amd() and refused and at_the_end else set()


@difference
def kernel_pages(c: Comparison) -> set[str]:
    """A 64-bit host has nothing from 3 GiB on; a 32-bit kernel's pages are there, and a fault says so."""
    from_3_gib_on = c.native.cr2 >= 0xC0000000 and c.ours.cr2 == c.native.cr2
    present = 1
    return {"error"} if from_3_gib_on and c.ours.error == c.native.error | present else set()


def explain(case: Case, native: Outcome, ours: Outcome) -> tuple[set[str], set[str]]:
    """The names of the differences met, and the fields that none of them explains."""
    fields = differing_fields(native, ours)
    names = set()
    comparison = Comparison(case, native, ours)
    left = set(fields)
    for name, allowance in DIFFERENCES.items():
        if not left:
            break
        allowed = left & allowance(comparison)
        if allowed:
            names.add(name)
            left -= allowed
    return names, left
