# SPDX-License-Identifier: GPL-2.0-only
"""What an ABI of the user's own says of itself, as a value: checked, and written into the journal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from vmlab import _core
from vmlab.abi import family
from vmlab.address import PAGE_SIZE
from vmlab.address_plan import END, AddressPlan, Region

__all__ = ["KINDS", "MOST_ARGUMENTS", "AbiDescription", "CallHandlers", "OwnCall"]

KINDS = {"d": "decimal", "x": "hexadecimal", "p": "pointer", "s": "string", "f": "file descriptor"}
MOST_ARGUMENTS = 6  # that an event of the log has

_LARGE_PAGE = 4 << 20
_STACK_GAP = 256 * PAGE_SIZE  # that is kept free below the stack
_FIRST_VECTOR, _LAST_VECTOR = 0x30, 0xFF
_REGISTERS = ("ebx", "ecx", "edx", "esi", "edi", "ebp")


class CallHandlers(Protocol):
    """What the core asks when a process calls or traps; the door is to that process."""

    def call(self, door: _core.CallerDoor, number: int, words: Sequence[int]) -> int: ...
    def page_fault(
        self, door: _core.CallerDoor, address: int, error: int, access: int, eip: int, result: int
    ) -> object: ...
    def exception(self, door: _core.CallerDoor, vector: int, error: int) -> object: ...


@dataclass(frozen=True)
class OwnCall:
    """One system call: its number, its name, and a letter for each argument."""

    number: int
    name: str
    arguments: str


@dataclass(frozen=True)
class AbiDescription:
    """The numbers and the layout of an ABI of the user's own. A ValueError says what of them cannot be."""

    name: str
    profile: str
    ram: int
    syscall_vector: int
    number: str  # "eax" or "stack"
    arguments: tuple[str, ...] | str  # registers, or "stack"
    bad_address: int
    failed: int
    lowest: int
    kernel_window: int
    stack_top: int
    stack_size: int
    program_start: int
    calls: tuple[OwnCall, ...]

    def __post_init__(self) -> None:
        self._check_name()
        self._check_convention()
        self._check_layout()
        self._check_calls()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> AbiDescription:
        """From what `to_dict` gave, also after a way through JSON."""
        arguments = values["arguments"]
        listed = arguments if isinstance(arguments, str) else tuple(arguments)
        calls = tuple(OwnCall(**call) for call in values["calls"])
        return cls(**{**values, "arguments": listed, "calls": calls})

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def stack_end(self) -> int:
        """The lowest address that the stack may grow to."""
        return self.stack_top - self.stack_size

    def to_core(self) -> _core.AbiDescription:
        places = _core.ArgumentRegister
        by_name = {"eax": _core.NumberPlace.EAX, "stack": _core.NumberPlace.STACK}
        registers = None if isinstance(self.arguments, str) else [places[name.upper()] for name in self.arguments]
        return _core.AbiDescription(
            name=self.name,
            profile=self.profile,
            syscall_vector=self.syscall_vector,
            number=by_name[self.number],
            arguments=registers,
            bad_address=self.bad_address % (1 << 32),
            lowest=self.lowest,
            kernel_window=self.kernel_window,
            stack_top=self.stack_top,
            stack_bytes=self.stack_size,
            calls=[_core.OwnCall(call.number, call.name, call.arguments) for call in self.calls],
        )

    def address_plan(self) -> AddressPlan:
        """How a picture divides the addresses."""
        null = (Region(0, self.lowest, "not to be mapped", "reserved"),) if self.lowest else ()
        marks = ((self.program_start, "where programs are linked"), (self.stack_top, "where the stack begins"))
        return AddressPlan(self.name, self.name, (*null, Region(self.kernel_window, END, "kernel")), marks)

    def _check_name(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"name = {self.name!r}: give the ABI a name of small letters, digits and underscores")
        if self.name in {family(name) for name in _core.abi_names()}:
            raise ValueError(f"name = {self.name!r}: there is such an ABI already; give yours another name")
        if self.profile not in _core.profile_names():
            raise ValueError(f"profile = {self.profile!r}: choose one of {', '.join(_core.profile_names())}")

    def _check_convention(self) -> None:
        if not _FIRST_VECTOR <= self.syscall_vector <= _LAST_VECTOR:
            raise ValueError(
                f"syscall_vector = {self.syscall_vector:#x}: choose one from {_FIRST_VECTOR:#x} to {_LAST_VECTOR:#x}; "
                "those below are the processor's exceptions and the devices' interrupts"
            )
        if self.number not in ("eax", "stack"):
            raise ValueError(f'number = {self.number!r}: a call\'s number is in "eax", or on the "stack" at ESP')
        if isinstance(self.arguments, str):
            known = self.arguments == "stack"
        else:
            known = set(self.arguments) <= set(_REGISTERS) and len(set(self.arguments)) == len(self.arguments)
        if not known:
            raise ValueError(
                f'arguments = {self.arguments!r}: give "stack", or a tuple of different registers out of '
                f"{', '.join(_REGISTERS)}"
            )
        for what, value in (("bad_address", self.bad_address), ("failed", self.failed)):
            if not -(1 << 31) <= value < 1 << 32:
                raise ValueError(f"{what} = {value!r}: a call returns 32 bits")

    def _check_layout(self) -> None:
        for what, value in (("lowest", self.lowest), ("stack_top", self.stack_top), ("stack_size", self.stack_size)):
            if value % PAGE_SIZE or value < 0:
                raise ValueError(f"{what} = {value:#x}: give a multiple of the page size, {PAGE_SIZE:#x}")
        if self.kernel_window % _LARGE_PAGE or not _LARGE_PAGE <= self.kernel_window <= END - _LARGE_PAGE:
            raise ValueError(
                f"kernel_window = {self.kernel_window:#x}: the kernel's addresses begin at a multiple of 4 MiB, "
                f"from {_LARGE_PAGE:#x} to {END - _LARGE_PAGE:#x}"
            )
        if not 0 < self.stack_size <= self.stack_top <= self.kernel_window:
            raise ValueError(
                f"stack_top = {self.stack_top:#x}, stack_size = {self.stack_size:#x}: the stack lies below the "
                f"kernel's addresses, which begin at {self.kernel_window:#x}, and has a page at least"
            )
        room = range(self.lowest, self.stack_end - _STACK_GAP, PAGE_SIZE)
        if self.program_start not in room:
            raise ValueError(
                f"program_start = {self.program_start:#x}: programs are linked to a page from lowest, "
                f"{self.lowest:#x}, up to 1 MiB below the end of the stack, {self.stack_end:#x}"
            )
        if not 0 < self.ram <= END - self.kernel_window:
            raise ValueError(
                f"ram = {self.ram}: the kernel maps all of RAM from kernel_window on, and has "
                f"{(END - self.kernel_window) >> 20} MiB of addresses there"
            )

    def _check_calls(self) -> None:
        places = MOST_ARGUMENTS if isinstance(self.arguments, str) else len(self.arguments)
        names: dict[int, str] = {}
        for call in self.calls:
            if call.number in names:
                raise ValueError(f"{names[call.number]} and {call.name} have the same number, {call.number}")
            if call.name in names.values():
                raise ValueError(f"two system calls are called {call.name}: give one another name=")
            if not re.fullmatch(r"[A-Za-z_]\w*", call.name, re.ASCII):
                raise ValueError(f"name={call.name!r}: a system call has a name that C can use")
            if len(call.arguments) > places:
                raise ValueError(f"{call.name} has {len(call.arguments)} arguments, and there are places for {places}")
            names[call.number] = call.name
