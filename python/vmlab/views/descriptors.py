# SPDX-License-Identifier: GPL-2.0-only
"""Gates and segments as a student reads them, decoded from their eight bytes (Intel SDM vol. 3, 3.4.5 and 6.11)."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.address import Address

__all__ = ["Gate", "Segment"]


@dataclass(frozen=True)
class Gate:
    """One entry of the IDT. A software interrupt from ring 3 needs a present gate with dpl 3."""

    vector: int
    present: bool
    dpl: int
    selector: int
    handler: Address

    @classmethod
    def decode(cls, vector: int, data: bytes) -> Gate:
        low, high = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:], "little")
        handler = Address((low & 0xFFFF) | (high & 0xFFFF0000))
        return cls(vector, bool(high & 0x8000), high >> 13 & 3, low >> 16, handler)


@dataclass(frozen=True)
class Segment:
    """One descriptor of the GDT: `limit` is the offset of the last byte, `code` whether it may be executed."""

    selector: int
    base: Address
    limit: int
    dpl: int
    code: bool

    @classmethod
    def decode(cls, slot: int, data: bytes) -> Segment | None:
        """None for a descriptor that is not present."""
        bits = int.from_bytes(data, "little")
        if not bits >> 47 & 1:
            return None
        limit = (bits & 0xFFFF) | (bits >> 48 & 0xF) << 16
        if bits >> 55 & 1:
            limit = limit << 12 | 0xFFF
        base = Address((bits >> 16 & 0xFFFFFF) | (bits >> 56) << 24)
        dpl = bits >> 45 & 3
        return cls(slot * 8 + dpl, base, limit, dpl, bool(bits >> 43 & 1))
