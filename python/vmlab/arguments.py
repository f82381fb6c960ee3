# SPDX-License-Identifier: GPL-2.0-only
"""What a user hands over, checked: a ValueError says what would do."""

from __future__ import annotations

from typing import TypeVar

_Choice = TypeVar("_Choice")


def check_address(address: int) -> int:
    """The address, if it is an int of 32 bits."""
    if not isinstance(address, int) or not 0 <= address < 1 << 32:
        shown = hex(address) if isinstance(address, int) else repr(address)
        raise ValueError(f"{shown} is no 32-bit address: an int from 0 to 0xffffffff")
    return address


def check_range(address: int, size: int) -> None:
    """Whether all of it lies in 32 bits."""
    check_address(address)
    if size < 0 or address + size > 1 << 32:
        raise ValueError(f"{size} bytes from {address:#x} on do not lie within 32-bit addresses")


def unsigned(name: str, value: int, bits: int = 32) -> int:
    """The value, if it is an int of so many bits."""
    if not isinstance(value, int) or not 0 <= value < 1 << bits:
        raise ValueError(f"{name}={value!r}: an int from 0 to {(1 << bits) - 1}")
    return value


def choice(name: str, value: str, choices: dict[str, _Choice]) -> _Choice:
    """What the value stands for, if it is one of those."""
    if value not in choices:
        raise ValueError(f"{name}={value!r}: write one of {', '.join(map(repr, choices))}")
    return choices[value]
