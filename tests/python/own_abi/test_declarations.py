# SPDX-License-Identifier: GPL-2.0-only
"""What a class may say of its ABI, and what is said of a mistake."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.python.own_abi.abis import Larger, Tiny

import vmlab
from vmlab import ProcessHandle


def declare(**attributes: object) -> type[vmlab.Abi]:
    """A class with these attributes."""
    return type("Mine", (vmlab.Abi,), {"name": "mine", **attributes})


@pytest.mark.parametrize(
    ("attributes", "error", "said"),
    [
        ({"name": "xv6"}, ValueError, "there is such an ABI already"),
        ({"name": "jos"}, ValueError, "there is such an ABI already"),
        ({"name": "My ABI"}, ValueError, "small letters, digits and underscores"),
        ({"name": "xv6-mine"}, ValueError, "small letters, digits and underscores"),
        ({"name": 7}, TypeError, "Mine.name = 7: give str"),
        ({"syscall_vector": 14}, ValueError, "0xe: choose one from 0x30 to 0xff"),
        ({"syscall_vector": 0x20}, ValueError, "devices' interrupts"),
        ({"syscall_vector": 256}, ValueError, "0x30 to 0xff"),
        ({"syscall_vector": "0x30"}, TypeError, "Mine.syscall_vector = '0x30': give int"),
        ({"number": "ebx"}, ValueError, '"eax", or on the "stack"'),
        ({"arguments": "registers"}, ValueError, 'give "stack", or a tuple'),
        ({"arguments": ("ebx", "ebx")}, ValueError, "different registers"),
        ({"arguments": ("eax",)}, ValueError, "different registers out of ebx"),
        ({"arguments": 3}, TypeError, 'Mine.arguments = 3: give "stack", or a tuple of registers'),
        ({"arguments": ("esp",)}, ValueError, "different registers out of ebx"),
        ({"kernel_window": 0xC0001000}, ValueError, "multiple of 4 MiB"),
        ({"kernel_window": 0}, ValueError, "from 0x400000"),
        ({"lowest": 100}, ValueError, "multiple of the page size"),
        ({"lowest": -4096}, ValueError, "multiple of the page size"),
        ({"stack_top": 0xC0400000}, ValueError, "below the kernel's addresses"),
        ({"stack_size": 0}, ValueError, "has a page at least"),
        ({"stack_size": "a lot"}, ValueError, "Mine: 'a lot' is no size"),
        ({"lowest": 0x10000000}, ValueError, "program_start = 0x8048000"),
        ({"stack_top": 0x08100000, "stack_size": 4096}, ValueError, "program_start"),
        ({"program_start": 0x08048010}, ValueError, "linked to a page"),
        ({"ram": "2 GiB"}, ValueError, "1024 MiB of addresses"),
        ({"ram": 0}, ValueError, "ram = 0"),
        ({"profile": "fast"}, ValueError, "profile = 'fast': choose one of linux"),
        ({"bad_address": 1 << 32}, ValueError, "bad_address = 4294967296: a call returns 32 bits"),
        ({"failed": None}, TypeError, "Mine.failed = None: give int"),
    ],
)
def test_a_class_that_cannot_be(attributes: Mapping[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match="Mine") as raised:
        declare(**attributes)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("1",), TypeError, "a system call has a number"),
        ((True,), TypeError, "a system call has a number"),
        ((-1,), ValueError, "32 bits"),
        ((1 << 32,), ValueError, "32 bits"),
        ((1, "pq"), ValueError, "'q' is no kind of argument; there are d \\(decimal\\)"),
        ((1, "ddddddd"), ValueError, "6 arguments at most"),
        ((1, 2), TypeError, "text of letters"),
    ],
)
def test_a_call_that_cannot_be(arguments: tuple[object, ...], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        vmlab.syscall(*arguments)  # type: ignore[arg-type]


def test_what_stands_behind_the_decorator() -> None:
    with pytest.raises(TypeError, match="stands before a method"):
        vmlab.syscall(1)(7)  # type: ignore[type-var]


def test_two_calls_of_one_number_or_name() -> None:
    @vmlab.syscall(1)
    def first(self: object, process: ProcessHandle) -> None: ...

    @vmlab.syscall(1)
    def second(self: object, process: ProcessHandle) -> None: ...

    @vmlab.syscall(2, name="first")
    def third(self: object, process: ProcessHandle) -> None: ...

    with pytest.raises(ValueError, match="Mine: first and second have the same number, 1"):
        declare(first=first, second=second)
    with pytest.raises(ValueError, match="Mine: two system calls are called first"):
        declare(first=first, third=third)


def test_a_name_that_c_cannot_use() -> None:
    @vmlab.syscall(1, name="open it")
    def open_it(self: object, process: ProcessHandle) -> None: ...

    with pytest.raises(ValueError, match="a name that C can use"):
        declare(open_it=open_it)


def test_more_arguments_than_places() -> None:
    @vmlab.syscall(1, "ddd")
    def add(self: object, process: ProcessHandle, a: int, b: int, c: int) -> None: ...

    with pytest.raises(ValueError, match="add has 3 arguments, and there are places for 2"):
        declare(add=add, arguments=("ebx", "ecx"))
    assert declare(add=add, arguments="stack").arguments == "stack"


def test_parameters_are_those_of_the_letters() -> None:
    @vmlab.syscall(1, "pd")
    def write(self: object, process: ProcessHandle, address: int) -> None: ...

    @vmlab.syscall(2)
    def getpid(self: object) -> None: ...

    with pytest.raises(TypeError, match=r"Mine\.write has 2 arguments.* write\(self, process, pointer, decimal\)"):
        declare(write=write)
    with pytest.raises(TypeError, match=r"Mine\.getpid has 0 arguments"):
        declare(getpid=getpid)


def test_a_call_may_not_hide_what_every_abi_has() -> None:
    @vmlab.syscall(1)
    def exception(self: object, process: ProcessHandle) -> None: ...

    with pytest.raises(TypeError, match=r"vmlab\.Abi has something of that name"):
        declare(exception=exception)
    with pytest.raises(TypeError, match=r"give @vmlab\.syscall\(\.\.\., name=\"number\"\)"):
        declare(number=exception)


def test_a_subclass_has_the_calls_of_its_base() -> None:
    class Polite(Tiny):
        name = "polite"

        def getpid(self, process: ProcessHandle) -> int:
            return 100 + super().getpid(process)

    with vmlab.Lab(abi=Polite()) as lab:
        assert lab.syscall_table == {1: ("write", "pd"), 2: ("getpid", ""), 3: ("exit", "d")}
        process = lab.spawn(vmlab.c("#include <polite.h>\nint main(void) { return getpid(); }"))
        lab.run()
        assert process.exit_status == 101

    with pytest.raises(TypeError, match=r"Wrong\.getpid is a system call and must be a method"):
        type("Wrong", (Tiny,), {"name": "wrong", "getpid": 7})


@pytest.mark.parametrize("abi", [7, None, int, object(), b"linux"])
def test_what_is_no_abi(abi: object) -> None:
    with pytest.raises(TypeError, match=r"give the name of an ABI, a subclass of vmlab\.Abi"):
        vmlab.Lab(abi=abi)  # type: ignore[arg-type]


def test_a_name_that_no_abi_has() -> None:
    with pytest.raises(ValueError, match='there is no abi "tiny"'):
        vmlab.Lab(abi="tiny")
    with pytest.raises(ValueError, match="name = ''"):
        vmlab.Lab(abi=vmlab.Abi)


def test_programs_are_built_by_class_instance_or_lab() -> None:
    source = vmlab.c("#include <tiny.h>\nint main(void) { return getpid(); }")
    assert source.compile(Tiny) == source.compile(Tiny())
    assert source.compile(Tiny).abi == "tiny"
    with pytest.raises(vmlab.CompileError, match="tiny"):
        source.compile("linux")
    with pytest.raises(vmlab.CompileError, match="tiny"):
        source.compile(Larger)
    with pytest.raises(ValueError, match=r"a header <string\.h> already"):
        source.compile(type("Mine", (vmlab.Abi,), {"name": "string"}))
    with vmlab.Lab(abi=Larger) as lab, pytest.raises(ValueError, match="'tiny', not for abi='larger'"):
        lab.spawn(source.compile(Tiny))
