# SPDX-License-Identifier: GPL-2.0-only
"""`vmlab demo`: a small C program, its page faults in order, each as a short story, then its memory map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vmlab.explain import error_in_words
from vmlab.lab import Lab
from vmlab.program import prebuilt
from vmlab.source_lines import SourceLines
from vmlab.views.fault import Fault
from vmlab.views.page_table import flags_in_words

if TYPE_CHECKING:
    from rich.console import Console

    from vmlab.process import Process

_INTRODUCTION = (
    "A program has started. None of its pages is in memory yet: the kernel only noted what belongs where.\n"
    "The first touch of each page is a page fault. Here they are, in order."
)


def tell(console: Console | None = None) -> None:
    """Run the prebuilt guest and tell what happened to its pages."""
    from rich.console import Console

    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = 100
    program = prebuilt("story")
    lines = SourceLines(program.elf)
    with Lab(ram="1 MiB") as lab:
        process = lab.spawn(program)
        lab.run()
        console.rule("[bold]vmlab: the life of a page[/bold]", align="left")
        console.print(_INTRODUCTION)
        for number, fault in enumerate(process.faults, 1):
            console.print()
            console.print(_story(number, fault, lines))
        console.print()
        _ending(console, lab, process)


def _story(number: int, fault: Fault, lines: SourceLines) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    source = None if fault.eip is None else lines.at(fault.eip)
    title = Text.assemble(
        (f"Fault {number}  ", "bold yellow"),
        (f"{_ACTIONS[fault.access]} {fault.address}", "bold"),
    )
    grid = Table.grid(padding=(0, 2))
    if source:
        grid.add_row("  in", Text(source, style="green"))
    elif fault.eip is None:
        grid.add_row("  in", Text("the kernel, for a system call", style="green"))
    grid.add_row("  error", f"{fault.error} = {error_in_words(fault.error, fault.access)}")
    grid.add_row("  mapping", "none" if fault.mapping is None else str(fault.mapping))
    grid.add_row("  kernel", Text(f"{fault.result}: {fault.done}", style="cyan"))
    grid.add_row("  entry", _entry(fault.pte_before))
    grid.add_row("", Text.assemble("-> ", _entry(fault.pte_after)))
    return Group(title, grid)


_ACTIONS = {"read": "the program reads", "write": "the program writes", "fetch": "the program jumps to"}


def _entry(bits: int | None) -> Any:
    from rich.text import Text

    if bits is None:
        return Text("not known")
    frame = f", frame {bits >> 12}" if bits & 1 else ""
    return Text(flags_in_words(bits) + frame, style="bold green" if bits & 1 else "red")


def _ending(console: Console, lab: Lab, process: Process) -> None:
    console.rule("[bold]What it wrote, and how it ended[/bold]", align="left")
    console.print(process.stdout_text, end="", markup=False)
    end = f"signal {process.signal}" if process.signal else f"exit status {process.exit_status}"
    counters = lab.counters
    console.print(f"-> {end}, after {counters['instructions']} instructions and {len(process.faults)} page faults")
    console.print()
    console.rule("[bold]Its memory map at the end[/bold]", align="left")
    console.print(process.maps)
