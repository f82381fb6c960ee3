# SPDX-License-Identifier: GPL-2.0-only
"""`vmlab doctor`: what this machine offers, and whether a page fault works here."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from vmlab._version import __version__

if TYPE_CHECKING:
    from rich.table import Table

Row = tuple[str, str, bool]


def examine() -> int:
    """Print the findings; 0 when programs can be run here, 1 when they cannot."""
    from rich.console import Console

    rows = list(_findings())
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120
    console.print(_table(rows))
    broken = [name for name, _, good in rows if not good]
    console.print(f"not working: {', '.join(broken)}" if broken else "programs can be run here")
    return 1 if broken else 0


def _table(rows: list[Row]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, text, good in rows:
        table.add_row(Text(name, style="bold"), Text(text, style="" if good else "bold red"))
    return table


def _findings() -> Iterator[Row]:
    yield "vmlab", __version__, True
    yield "platform", f"{platform.system()} {platform.machine()}, {platform.release()}", True
    yield "Python", f"{platform.python_version()} ({sys.executable})", True
    yield _tried("engines", _engines)
    yield from _compilers()
    yield _tried("self-test", _one_fault)


def _tried(name: str, examine: Callable[[], str]) -> Row:
    try:
        return name, examine(), True
    except Exception as error:  # whatever is wrong here is what the user wants to read
        return name, f"{type(error).__name__}: {error}", False


def _engines() -> str:
    from vmlab.engine import engine_paths, engine_versions

    return "\n".join(f"{name} {version} ({engine_paths()[name]})" for name, version in engine_versions().items())


def _compilers() -> Iterator[Row]:
    """A missing compiler is no defect: ELF files and the prebuilt guests run without one."""
    from vmlab.toolchain import Compiler, survey

    for name, found in survey():
        text = f"{found.version} ({' '.join(found.command)})" if isinstance(found, Compiler) else f"no: {found}"
        yield f"compiler {name}", text, True


def _one_fault() -> str:
    """A guest that writes to one page that is not there; the fault must look as the processor makes it."""
    from vmlab.lab import Lab
    from vmlab.program import touch

    with Lab(ram="1 MiB") as lab:
        process = lab.spawn(touch(["w0"]))
        lab.run()
        (fault,) = (fault for fault in process.faults if fault.access == "write")
        if (fault.error, fault.result, process.exit_status) != (6, "zero_fill", 0):
            raise RuntimeError(f"a write to an absent page came out as: {fault}; {process!r}")
        lab.check()
        return f"one page fault: {fault}"
