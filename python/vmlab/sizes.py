# SPDX-License-Identifier: GPL-2.0-only
"""Sizes of memory as a user writes them: bytes as an int, or text such as "256 KiB"."""

from __future__ import annotations

import re

__all__ = ["parse_size", "size_in_words"]

_UNITS = {"": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
_TEXT = re.compile(r"\s*(\d+)\s*(\w*)\s*", re.ASCII)
_ADVICE = 'write bytes as an int, or a text with KiB, MiB or GiB such as "256 KiB"'


def parse_size(size: int | str) -> int:
    """The size in bytes; ValueError or TypeError when it is none, and says what to write.

    >>> parse_size("256 KiB"), parse_size(4096)
    (262144, 4096)
    """
    if isinstance(size, bool) or not isinstance(size, (int, str)):
        raise TypeError(f"{size!r} is no size: {_ADVICE}")
    if isinstance(size, int):
        if size < 0:
            raise ValueError(f"{size} is no size: {_ADVICE}")
        return size
    parts = _TEXT.fullmatch(size)
    if parts is None or parts[2].lower() not in _UNITS:
        raise ValueError(f"{size!r} is no size: {_ADVICE}")
    return int(parts[1]) * _UNITS[parts[2].lower()]


def size_in_words(size: int) -> str:
    """Bytes in the largest unit of which there is one, with at most one digit behind the point.

    >>> size_in_words(4096), size_in_words(3 << 29), size_in_words(10)
    ('4 KiB', '1.5 GiB', '10 bytes')
    """
    for unit, bytes_of_it in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= bytes_of_it:
            return f"{size / bytes_of_it:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"
