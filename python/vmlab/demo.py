# SPDX-License-Identifier: GPL-2.0-only
"""`vmlab demo`: a small C program, its page faults in order, each as a short story, then its memory map."""

from __future__ import annotations

from collections.abc import Iterator
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
        console.rule("[bold]vmlab: the life of a page[/bold]", align="left")
        console.print(_INTRODUCTION)
        for number, fault in enumerate(_faults(console, lab, process), 1):
            console.print()
            console.print(_story(number, fault, lines))
        _ending(console, lab, process)


def _faults(console: Console, lab: Lab, process: Process) -> Iterator[Fault]:
    """Runs the program from fault to fault, and prints in between what it says and what the kernel touches."""
    said = 0
    while True:
        stop = lab.run(until="fault_resolved")
        for line in process.stdout_text[said:].splitlines():
            console.print()
            console.print(line, style="bold blue", markup=False)
        said = len(process.stdout_text)
        if stop.event is None:
            return
        fault = Fault.of(stop.event)
        if fault.by_kernel:
            console.print(
                f"  (for a system call the kernel itself touches {fault.address}: {fault.done})", markup=False
            )
        else:
            yield fault


def _story(number: int, fault: Fault, lines: SourceLines) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    source = lines.at(fault.eip or 0)
    title = Text.assemble(
        (f"Fault {number}  ", "bold yellow"),
        (f"{_ACTIONS[fault.access]} {fault.address}", "bold"),
    )
    grid = Table.grid(padding=(0, 2))
    if source:
        grid.add_row("  in", Text(source, style="green"))
    grid.add_row("  error", f"{fault.error} = {error_in_words(fault.error, fault.access)}")
    grid.add_row("  mapping", Text("none" if fault.mapping is None else str(fault.mapping)))
    grid.add_row("  kernel", Text(f"{fault.result}: {fault.done}", style="cyan"))
    grid.add_row("  entry", _entry(fault.pte_before))
    grid.add_row("", Text.assemble("-> ", _entry(fault.pte_after or 0)))
    return Group(title, grid)


_ACTIONS = {"read": "the program reads", "write": "the program writes", "fetch": "the program jumps to"}


def _entry(bits: int) -> Any:
    from rich.text import Text

    frame = f", frame {bits >> 12}" if bits & 1 else ""
    return Text(flags_in_words(bits) + frame, style="bold green" if bits & 1 else "red")


def _ending(console: Console, lab: Lab, process: Process) -> None:
    end = f"signal {process.signal}" if process.signal else f"exit status {process.exit_status}"
    counters = lab.counters
    console.print(
        f"\nIt ended with {end}, after {counters['instructions']} instructions and {len(process.faults)} page faults"
    )
    console.print()
    console.rule("[bold]Its memory map at the end[/bold]", align="left")
    console.print(process.maps)
