# SPDX-License-Identifier: GPL-2.0-only
"""Addresses: ints that show themselves in hex and know their page."""

from __future__ import annotations

__all__ = ["PAGE_SIZE", "Address"]

PAGE_SIZE = 4096
"""Bytes in a page and in a page frame."""


class Address(int):
    """A 32-bit virtual or physical address.

    It is an int in every respect but how it is shown::

        >>> Address(0x804C123).page, hex(Address(0x804C123).offset)
        (0x0804c000, '0x123')
    """

    __slots__ = ()

    @property
    def page(self) -> Address:
        """The address of the page's first byte: the offset's 12 bits cleared."""
        return Address(self & ~(PAGE_SIZE - 1))

    @property
    def offset(self) -> int:
        """The offset within the page, 0 to 4095."""
        return self & (PAGE_SIZE - 1)

    def __repr__(self) -> str:
        return f"{int(self):#010x}"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(int(self), spec) if spec else str(self)
