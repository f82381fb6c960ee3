# SPDX-License-Identifier: GPL-2.0-only
"""Guests of a few instructions, as ELF files made by hand: no compiler takes part."""

from __future__ import annotations

import struct

CODE = 0x08048000  # the ELF header is here too
ENTRY = CODE + 0x100
DATA = 0x08050000
BSS = DATA + 0x1000

_EHDR = struct.Struct("<16sHHIIIIIHHHHHH")
_PHDR = struct.Struct("<8I")


def tiny_elf(*code: bytes, data: bytes = b"\0", bss: int = 0x4000) -> bytes:
    """An executable with these instructions, a page that holds `data`, and zeroed memory after it."""
    text = b"".join(code)
    end = 0x100 + len(text)
    place = -(-end // 0x1000) * 0x1000
    headers = _EHDR.pack(b"\x7fELF\x01\x01\x01", 2, 3, 1, ENTRY, _EHDR.size, 0, 0, _EHDR.size, _PHDR.size, 2, 0, 0, 0)
    headers += program_header(0, CODE, end, end, 5)
    headers += program_header(place, DATA, len(data), 0x1000 + bss, 6)
    return headers.ljust(0x100, b"\0") + text + bytes(place - end) + data


def program_header(offset: int, address: int, file_bytes: int, memory_bytes: int, flags: int) -> bytes:
    return _PHDR.pack(1, offset, address, address, file_bytes, memory_bytes, flags, 0x1000)


def exit_with(status: int) -> bytes:
    """mov eax, 1; mov ebx, status; int 0x80"""
    return b"\xb8\x01\0\0\0\xbb" + struct.pack("<I", status) + b"\xcd\x80"


def system_call(number: int, *arguments: int) -> bytes:
    """mov eax, number; mov ebx, ecx, edx, esi, edi, each with its argument; int 0x80"""
    moves = zip(b"\xb8\xbb\xb9\xba\xbe\xbf", (number, *arguments), strict=False)
    return b"".join(struct.pack("<BI", opcode, word & 0xFFFFFFFF) for opcode, word in moves) + b"\xcd\x80"


def write_out(address: int, size: int, descriptor: int = 1) -> bytes:
    """mov eax, 4; mov ebx, descriptor; mov ecx, address; mov edx, size; int 0x80"""
    return struct.pack("<BIBIBIBI", 0xB8, 4, 0xBB, descriptor, 0xB9, address, 0xBA, size) + b"\xcd\x80"


def store(address: int, value: int = 1) -> bytes:
    """mov dword ptr [address], value"""
    return b"\xc7\x05" + struct.pack("<II", address, value)


def load(address: int) -> bytes:
    """mov eax, dword ptr [address]"""
    return b"\xa1" + struct.pack("<I", address)


PUSH_EAX = b"\x50"
HLT = b"\xf4"
UD2 = b"\x0f\x0b"
INT3 = b"\xcc"
DIVIDE_BY_ZERO = b"\x31\xc9\xf7\xf1"  # xor ecx, ecx; div ecx
LOOP_FOR_EVER = b"\xeb\xfe"
