# SPDX-License-Identifier: GPL-2.0-only
"""Runs guests of these tests under the xv6 ABI and looks whether they left everything whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import vmlab

HEADERS = "\n".join(
    f"#include <{name}>"
    for name in ("fcntl.h", "stdio.h", "stdlib.h", "string.h", "sys/stat.h", "sys/wait.h", "time.h", "unistd.h")
)


def guest(body: str, *, before: str = "", name: str = "guest") -> vmlab.Program:
    """A program whose main() is `body`."""
    text = f"{HEADERS}\n{before}\nint main(int argc, char **argv) {{ (void)argc, (void)argv;\n{body}\nreturn 0; }}\n"
    return vmlab.Program(name, vmlab.c(text).compile("xv6").elf, "xv6")


@contextlib.contextmanager
def finished(program: vmlab.Program, *args: str, typed: str = "", **options: Any) -> Iterator[vmlab.Lab]:
    """A lab in which it has run to its end, and all is whole."""
    with vmlab.Lab(abi="xv6", **options) as lab:
        lab.spawn(program, args=args, stdin=typed)
        stop = lab.run(budget=2_000_000_000)
        assert stop.reason == "exited", (stop, lab.console)
        lab.check()
        assert lab.counters["resident_pages"] == 0
        yield lab
        lab.check()


def console_of(program: vmlab.Program, *args: str, typed: str = "", **options: Any) -> str:
    """What the console shows of a program that brings no files along: then no page is left behind either."""
    with finished(program, *args, typed=typed, **options) as lab:
        return lab.console.decode()
