# SPDX-License-Identifier: GPL-2.0-only
"""ABIs written in Python: the base class, its system calls as methods, and how the core calls them."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from vmlab import _core
from vmlab.abi_description import KINDS, MOST_ARGUMENTS, AbiDescription, OwnCall
from vmlab.address import Address
from vmlab.errors import BadAddress, CallFailed
from vmlab.event_schema import vocabularies
from vmlab.process_handle import Child, ProcessHandle, UnresolvedFault
from vmlab.sizes import parse_size

__all__ = ["Abi", "Child", "OwnHandlers", "ProcessHandle", "UnresolvedFault", "description_of", "syscall"]

Method = TypeVar("Method", bound=Callable[..., object])
_MARK = "_vmlab_syscall"
_WORDS = 1 << 32


def syscall(number: int, arguments: str = "", *, name: str | None = None) -> Callable[[Method], Method]:
    """Makes a method of a `vmlab.Abi` the system call of this number.

    arguments: a letter for each: d decimal, x hexadecimal, p pointer, s string (its address), f file descriptor. The
        method gets d and f as C's int, x as C's unsigned int, and p and s as an Address.
    name: what the call is called in the log and in C; by default as the method.
    """
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        raise TypeError(f"syscall({number!r}): a system call has a number: @vmlab.syscall(1)")
    if not isinstance(arguments, str):
        raise TypeError(f"syscall({number}, {arguments!r}): give the arguments as a text of letters, such as 'pd'")
    if not 0 <= operator.index(number) < _WORDS:
        raise ValueError(f"syscall({number}): a system call's number has 32 bits")
    unknown = sorted(set(arguments) - set(KINDS))
    if unknown:
        letters = ", ".join(f"{letter} ({word})" for letter, word in KINDS.items())
        raise ValueError(
            f"syscall({number}, {arguments!r}): {unknown[0]!r} is no kind of argument; there are {letters}"
        )
    if len(arguments) > MOST_ARGUMENTS:
        raise ValueError(f"syscall({number}, {arguments!r}): a system call has {MOST_ARGUMENTS} arguments at most")

    def declare(method: Method) -> Method:
        if not inspect.isfunction(method):
            raise TypeError(f"@vmlab.syscall({number}) stands before a method, not before {method!r}")
        setattr(method, _MARK, OwnCall(operator.index(number), name or method.__name__, arguments))
        return method

    return declare


class Abi:
    """An ABI of your own: the numbers and the layout as attributes of the class, a method for each system call.

    class Tiny(vmlab.Abi):
        name = "tiny"

        @vmlab.syscall(1, "pd")
        def write(self, process, address, length):
            process.print(process.read(address, length))
            return length

        @vmlab.syscall(2, "d")
        def exit(self, process, status):
            process.exit(status)

    with vmlab.Lab(abi=Tiny) as lab: ...

    A method gets the process that made the call (see ProcessHandle) and the arguments; what it returns, an int or None
    for 0, goes into EAX. An exception that it raises comes out of `lab.run()`, and the next run makes the call again.
    A class given to a Lab is made by it; an instance may keep what it knows of processes in attributes, and serves one
    Lab at a time.

    name: of small letters, digits and underscores.
    syscall_vector: the calls are `int` of this number, 0x30 to 0xff.
    number: where a call's number is: "eax", or "stack" for the word at ESP.
    arguments: the registers that hold the arguments, or "stack" for the words above ESP.
    lowest: below it nothing is mapped. kernel_window: from there on addresses are the kernel's; a multiple of 4 MiB.
    stack_top: where the stack begins; by default at kernel_window. stack_size: what it may grow to.
    program_start: where `vmlab.c` links programs to.
    ram, profile: of a Lab for which nobody says; see `vmlab.Lab`.
    bad_address, failed: what a call returns whose handler lets BadAddress, or another CallFailed, through.
    """

    name: ClassVar[str] = ""
    syscall_vector: ClassVar[int] = 0x30
    number: ClassVar[str] = "eax"
    arguments: ClassVar[tuple[str, ...] | str] = ("ebx", "ecx", "edx", "esi", "edi")
    lowest: ClassVar[int] = 0x1000
    kernel_window: ClassVar[int] = 0xC0000000
    stack_top: ClassVar[int | None] = None
    stack_size: ClassVar[int | str] = "1 MiB"
    program_start: ClassVar[int] = 0x08048000
    ram: ClassVar[int | str] = "64 MiB"
    profile: ClassVar[str] = "linux"
    bad_address: ClassVar[int] = -1
    failed: ClassVar[int] = -1

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.name:  # else it is a base for others
            describe(cls)

    def unknown_call(self, process: ProcessHandle, number: int) -> int | None:
        """A call of a number that no method has; returns -1 unless you say otherwise."""
        return -1

    def page_fault(self, process: ProcessHandle, fault: UnresolvedFault) -> None:
        """A page fault that the kernel could not make good; by default a line on the console and the process's end.

        Where the process still lives when this returns, its instruction is tried again.
        """
        process.print(
            f"{process.name}: page fault at {fault.address} ({fault.access}, {fault.result}), eip {fault.eip}: killed\n"
        )
        process.kill()

    def exception(self, process: ProcessHandle, vector: int, error: int) -> None:
        """Another exception, or `int` of another number; by default as page_fault."""
        eip = Address(process.registers.eip)
        process.print(f"{process.name}: exception {vector}, error {error:#x}, eip {eip}: killed\n")
        process.kill()


def _calls_of(abi: type[Abi]) -> dict[str, OwnCall]:
    """The system calls by their methods. A subclass's method stands for the one that it replaces."""
    found: dict[str, OwnCall] = {}
    for base in reversed(abi.__mro__):
        for method, value in vars(base).items():
            call = getattr(value, _MARK, None)
            if isinstance(call, OwnCall):
                found[method] = call
    for method, call in found.items():
        if hasattr(Abi, method):
            raise TypeError(
                f"{abi.__name__}.{method} cannot be a system call: vmlab.Abi has something of that name; call the "
                f'method otherwise and give @vmlab.syscall(..., name="{method}")'
            )
        _check_parameters(abi, method, call)
    return found


def _check_parameters(abi: type[Abi], method: str, call: OwnCall) -> None:
    function = getattr(abi, method)
    wanted = f"{method}(self, process{''.join(f', {KINDS[kind].split()[-1]}' for kind in call.arguments)})"
    if not inspect.isfunction(function):
        raise TypeError(f"{abi.__name__}.{method} is a system call and must be a method: def {wanted}")
    try:
        inspect.signature(function).bind(None, None, *call.arguments)
    except TypeError as error:
        raise TypeError(
            f"{abi.__name__}.{method} has {len(call.arguments)} arguments by its letters {call.arguments!r}, and is "
            f"called as {wanted}: {error}"
        ) from None


def describe(abi: type[Abi]) -> AbiDescription:
    """What a class says of itself. TypeError or ValueError, which name the class, when it cannot be."""
    calls = _calls_of(abi)
    for attribute in ("syscall_vector", "lowest", "kernel_window", "program_start", "bad_address", "failed"):
        _require_type(abi, attribute, int)
    for attribute in ("name", "number", "profile"):
        _require_type(abi, attribute, str)
    if not isinstance(abi.arguments, str | tuple | list):
        raise TypeError(f'{abi.__name__}.arguments = {abi.arguments!r}: give "stack", or a tuple of registers')
    arguments = abi.arguments if isinstance(abi.arguments, str) else tuple(abi.arguments)
    if abi.stack_top is not None:
        _require_type(abi, "stack_top", int)
    try:
        return AbiDescription(
            name=abi.name,
            profile=abi.profile,
            ram=parse_size(abi.ram),
            syscall_vector=abi.syscall_vector,
            number=abi.number,
            arguments=arguments,
            bad_address=abi.bad_address,
            failed=abi.failed,
            lowest=abi.lowest,
            kernel_window=abi.kernel_window,
            stack_top=abi.kernel_window if abi.stack_top is None else abi.stack_top,
            stack_size=parse_size(abi.stack_size),
            program_start=abi.program_start,
            calls=tuple(sorted(calls.values(), key=lambda call: call.number)),
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"{abi.__name__}: {error}") from None


def _require_type(abi: type[Abi], attribute: str, wanted: type) -> None:
    value = getattr(abi, attribute)
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise TypeError(f"{abi.__name__}.{attribute} = {value!r}: give {wanted.__name__}")


def description_of(abi: object) -> AbiDescription:
    """The same of a class or an instance; TypeError when it is neither."""
    own = abi if isinstance(abi, type) else type(abi)
    if not issubclass(own, Abi):
        raise TypeError(f"abi={abi!r}: give the name of an ABI, a subclass of vmlab.Abi, or an instance of one")
    return describe(own)


class OwnHandlers:
    """An ABI's methods as the core calls them."""

    def __init__(self, abi: Abi | type[Abi]) -> None:
        self.description = description_of(abi)
        made = abi() if isinstance(abi, type) else abi
        self._abi = made
        self._methods = {call.number: (method, call) for method, call in _calls_of(type(made)).items()}
        self._accesses = tuple(vocabularies()["access"])
        self._results = tuple(vocabularies()["fault_result"])

    def call(self, door: _core.CallerDoor, number: int, words: Sequence[int]) -> int:
        """What the caller's EAX becomes."""
        if number in self._methods:
            name, call = self._methods[number]
            arguments = [_argument(kind, word) for kind, word in zip(call.arguments, words, strict=True)]
        else:
            name, arguments = "unknown_call", [number]
        try:
            answer = getattr(self._abi, name)(ProcessHandle(door), *arguments)
        except BadAddress:
            answer = self.description.bad_address
        except CallFailed:
            answer = self.description.failed
        return _word(f"{type(self._abi).__name__}.{name}", answer)

    def page_fault(self, door: _core.CallerDoor, address: int, error: int, access: int, eip: int, result: int) -> None:
        fault = UnresolvedFault(Address(address), error, self._accesses[access], Address(eip), self._results[result])
        self._abi.page_fault(ProcessHandle(door), fault)

    def exception(self, door: _core.CallerDoor, vector: int, error: int) -> None:
        self._abi.exception(ProcessHandle(door), vector, error)


def _argument(kind: str, word: int) -> int:
    if kind in "ps":
        return Address(word)
    return word - _WORDS if kind in "df" and word >> 31 else word


def _word(method: str, answer: object) -> int:
    """The 32 bits that a handler means by what it returned."""
    if answer is None:
        return 0
    if not isinstance(answer, int):
        raise TypeError(f"{method} returned {answer!r}: a system call returns an int, or None for 0")
    if not -(_WORDS >> 1) <= answer < _WORDS:
        raise ValueError(f"{method} returned {answer}: a system call returns 32 bits, -2**31 to 2**32 - 1")
    return int(answer) % _WORDS
