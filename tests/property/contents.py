# SPDX-License-Identifier: GPL-2.0-only
"""What the model's pages show: bytes by value, memory and files by reference."""

from __future__ import annotations

from dataclasses import dataclass, field

PAGE = 4096
ZEROS = bytes(PAGE)


@dataclass(eq=False, repr=False)
class Content:
    """The bytes of a page, of which the first `known` are certain. Its identity is that of one written page.

    freed: madvise(MADV_FREE) allows that the page is zero from some time on.
    """

    data: bytes = ZEROS
    known: int = PAGE
    freed: bool = False

    def __repr__(self) -> str:
        return f"<{len(self.data.rstrip(bytes(1)))} bytes, {self.known} known>"

    def accepts(self, seen: bytes, offset: int = 0) -> bool:
        """Whether the page may read so from `offset` on; what is seen of a freed page settles it."""
        end = min(self.known, offset + len(seen))
        if seen[: end - offset] == self.data[offset:end] or end <= offset:
            return True
        if not self.freed or any(seen):
            return False
        self.data, self.known, self.freed = ZEROS, PAGE, False
        return True

    def with_bytes(self, offset: int, data: bytes) -> Content:
        return Content(self.data[:offset] + data + self.data[offset + len(data) :], self.known)


@dataclass(eq=False)
class Shared:
    """Anonymous memory that fork shares."""

    pages: dict[int, Content] = field(default_factory=dict)


class File:
    """A file. What a shared mapping wrote past its end, in its last page, is not certain to be read again."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        self.uncertain_tail = False

    def __repr__(self) -> str:
        return f"<file of {len(self.data)} bytes>"

    def exists(self, index: int) -> bool:
        return index * PAGE < len(self.data)

    def content(self, index: int) -> Content:
        data = bytes(self.data[index * PAGE : (index + 1) * PAGE])
        certain = PAGE if len(data) == PAGE or not self.uncertain_tail else len(data)
        return Content(data.ljust(PAGE, b"\0"), certain)

    def store(self, position: int, data: bytes) -> None:
        """As a shared mapping does: the length stays."""
        inside = data[: max(0, len(self.data) - position)]
        self.data[position : position + len(inside)] = inside
        self.uncertain_tail |= len(inside) < len(data)

    def resize(self, size: int) -> None:
        if size != len(self.data):
            self.uncertain_tail = False
        del self.data[size:]
        self.data.extend(bytes(size - len(self.data)))

    def write(self, position: int, data: bytes) -> None:
        """As write() does."""
        if data and position + len(data) > len(self.data):
            self.resize(position + len(data))
        self.data[position : position + len(data)] = data


class Device(File):
    """Frames of their own that mappings show: like a file that nothing resizes and no system call reads."""
