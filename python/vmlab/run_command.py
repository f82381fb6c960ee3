# SPDX-License-Identifier: GPL-2.0-only
"""`vmlab run`: one program from the command line, its output on ours, everything else on standard error."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmlab import _core
from vmlab.lab import Lab, Stop
from vmlab.linux_names import signal_name
from vmlab.process import Process
from vmlab.program import load
from vmlab.report import Report
from vmlab.strace import Strace
from vmlab.terminal_session import run_at_terminal
from vmlab.time_report import time_report
from vmlab.views.render import WIDTH

BUDGET_SPENT = 124
INTERRUPTED = 128 + signal.SIGINT
DEADLOCKED = 125


@dataclass(frozen=True)
class Trace:
    """Which system calls to write down, all of them when `calls` is None, and where: standard error when None."""

    output: Path | None
    calls: list[str] | None

    @contextlib.contextmanager
    def runner(self, lab: Lab, budget: int | None) -> Iterator[Callable[[], Stop]]:
        """What runs the lab and writes them. The file is touched only once the names are known to be right."""
        strace = Strace(lab, sys.stderr.write, self.calls)
        if self.output is None:
            yield lambda: strace.run(budget)
            return
        try:
            file = self.output.open("w", encoding="utf-8")
        except OSError as error:
            raise ValueError(f"the trace cannot be written to {self.output}: {error.strerror}") from error
        with file:
            strace.write_to(file.write)
            yield lambda: strace.run(budget)


@dataclass(frozen=True)
class RunCommand:
    """The command's arguments."""

    program: Path
    args: list[str]
    abi: str
    options: dict[str, Any]  # of the Lab
    root: Path | None
    terminal: bool
    budget: int | None
    faults: bool
    events: bool
    trace: Trace | None
    time: bool
    json: Path | None
    save: Path | None
    file_server: Path | None = None  # started first, with the machine's ports

    def run(self) -> int:
        """Runs it and returns the status that the command ends with."""
        built = load(self.program, self.abi)
        with Lab(root=self.root, **self.options) as lab:
            if self.file_server is not None:
                lab.spawn(load(self.file_server, self.abi), ports=True)
            at_console = self.terminal or _core.uses_console(self.abi)
            stdin = b"" if at_console else _standard_input()
            process = lab.spawn(built, self.args, stdin=stdin, terminal=self.terminal)
            stop = self._run(lab, at_console)
            if not at_console:
                _write_exactly(process)
            self._show(lab, process)
            if self.json is not None:
                report = Report.of(stop, process, built.sha256, lab.counters)
                self.json.write_text(report.to_json() + "\n", encoding="utf-8")
            if self.save is not None:
                lab.save(self.save)
            return _status(stop, process)

    def _run(self, lab: Lab, at_console: bool) -> Stop:
        plain = contextlib.nullcontext(lambda: lab.run(budget=self.budget))
        with self.trace.runner(lab, self.budget) if self.trace else plain as run:
            return run_at_terminal(lab, run) if at_console else run()

    def _show(self, lab: Lab, process: Process) -> None:
        if self.events:
            for event in lab.events:
                print(event, file=sys.stderr)
        if self.faults:
            _print(process.faults)
        if self.time:
            sys.stderr.write(time_report(" ".join([str(self.program), *self.args]), lab, process))


def _standard_input() -> bytes:
    """What is waiting on ours; a terminal is left alone."""
    return b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()


def _write_exactly(process: Process) -> None:
    for stream, data in ((sys.stdout, process.stdout), (sys.stderr, process.stderr)):
        stream.buffer.write(data)
        stream.buffer.flush()


def _print(renderable: Any) -> None:
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = WIDTH
    console.print(renderable)


def _status(stop: Stop, process: Process) -> int:
    if process.signal is not None:
        faults = process.faults
        last = f": {faults[-1]}" if len(faults) and faults[-1].answer else ""
        name = signal_name(process.signal)
        print(f"vmlab: killed by signal {process.signal} ({name}){last}", file=sys.stderr)
        return 128 + process.signal
    if process.exit_status is not None:
        return process.exit_status
    message, status = {
        "budget": ("the budget ran out", BUDGET_SPENT),
        "interrupted": ("interrupted", INTERRUPTED),
        "deadlock": ("every process waits for another", DEADLOCKED),
        "input": ("it waits for what nobody types", DEADLOCKED),
    }[stop.reason]
    print(f"vmlab: {message}; the program was at eip {process.registers.eip:#010x}", file=sys.stderr)
    return status
