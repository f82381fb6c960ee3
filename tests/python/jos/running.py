# SPDX-License-Identifier: GPL-2.0-only
"""Runs guests of these tests under a kernel of JOS and looks whether they left everything whole."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import vmlab

HEADERS = "\n".join(
    f"#include <{name}>" for name in ("jos.h", "stdio.h", "stdlib.h", "string.h", "sys/wait.h", "unistd.h")
)
START = "[00000000] new env 00001000\n"
MONITOR = "Welcome to the JOS kernel monitor!\nType 'help' for a list of commands.\n"
NOTHING_LEFT = "No runnable environments in the system!\n" + MONITOR
END = "[00001000] exiting gracefully\n[00001000] free env 00001000\n" + NOTHING_LEFT


def guest(body: str, *, before: str = "", abi: str = "jos") -> vmlab.Program:
    """A program whose main() is `body`."""
    text = f"{HEADERS}\n{before}\nint main(void) {{\n{body}\nreturn 0; }}\n"
    return vmlab.Program("guest", vmlab.c(text).compile(abi).elf, abi)


def guest5(body: str, *, before: str = "") -> vmlab.Program:
    """The same with the numbers of lab 5."""
    return guest(body, before=before, abi="jos-lab5")


@contextlib.contextmanager
def finished(
    program: vmlab.Program, *, abi: str = "jos-lab4", typed: str = "", ram: str = "128 MiB"
) -> Iterator[vmlab.Lab]:
    """A lab in which all environments have ended, and all is whole."""
    with vmlab.Lab(abi=abi, ram=ram) as lab:
        lab.spawn(program, stdin=typed)
        stop = lab.run(budget=500_000_000)
        assert stop.reason == "exited", (stop, lab.console)
        lab.check()
        assert lab.counters["resident_pages"] == 0
        yield lab
        lab.check()


def console_of(program: vmlab.Program, *, abi: str = "jos-lab4", typed: str = "", ram: str = "128 MiB") -> str:
    with finished(program, abi=abi, typed=typed, ram=ram) as lab:
        return lab.console.decode()


def printed(program: vmlab.Program, *, typed: str = "") -> str:
    """What a program itself prints on lab 4's kernel, which ends by itself."""
    console = console_of(program, typed=typed)
    assert console.startswith(START), console
    assert console.endswith(END), console
    return console[len(START) : -len(END)]


def printed5(program: vmlab.Program) -> str:
    """What a program prints on lab 5's kernel, which tells nothing of environments."""
    console = console_of(program, abi="jos-lab5")
    assert console.endswith(NOTHING_LEFT), console
    return console.removesuffix(NOTHING_LEFT)


def with_places(console: str) -> str:
    """A trap frame's dump with what the compiler and the machine's RAM decide made equal."""
    decided = r"(?m)^(TRAP frame at|  (?:edi|esi|ebp|oesp|ebx|edx|ecx|eax|eip|flag|esp)) +0x[0-9a-f]{8}"
    return re.sub(decided, r"\1 -", console)
