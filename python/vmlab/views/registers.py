# SPDX-License-Identifier: GPL-2.0-only
"""Registers and trap frames as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from vmlab import _core
from vmlab.views.render import Shown, table


@dataclass(frozen=True)
class _Words(Shown):
    """Named machine words."""

    def items(self) -> Iterator[tuple[str, int]]:
        """Each name with its value."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))

    def __str__(self) -> str:
        return " ".join(f"{name}={value:#x}" for name, value in self.items())

    def __rich__(self) -> Any:
        shown = table("name", "value", right=("value",))
        for name, value in self.items():
            shown.add_row(name, f"{value:#010x}")
        return shown


@dataclass(frozen=True)
class Registers(_Words):
    """The integer registers of one context."""

    eax: int
    ecx: int
    edx: int
    ebx: int
    esp: int
    ebp: int
    esi: int
    edi: int
    eip: int
    eflags: int
    cs: int
    ss: int
    ds: int
    es: int
    fs: int
    gs: int

    @classmethod
    def of(cls, core: _core.Registers) -> Registers:
        return cls(*(getattr(core, field.name) for field in fields(cls)))


@dataclass(frozen=True)
class TrapFrame(_Words):
    """What a trap leaves on the kernel stack, from its lowest address up."""

    edi: int
    esi: int
    ebp: int
    oesp: int
    ebx: int
    edx: int
    ecx: int
    eax: int
    es: int
    ds: int
    trapno: int
    err: int
    eip: int
    cs: int
    eflags: int
    esp: int
    ss: int

    @classmethod
    def of(cls, core: _core.TrapFrame) -> TrapFrame:
        return cls(*(getattr(core, field.name) for field in fields(cls)))
