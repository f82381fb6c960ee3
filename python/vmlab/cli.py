# SPDX-License-Identifier: GPL-2.0-only
"""The command `vmlab`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from vmlab._version import __version__

__all__ = ["app", "main"]

USER_MISTAKE = 2

app = typer.Typer(
    name="vmlab",
    help="A laboratory for virtual memory: an i386 machine and its operating system, every page fault on view.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vmlab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def demo() -> None:
    """A small C program, its page faults in order, and its memory map."""
    from vmlab.demo import tell

    tell()


@app.command()
def doctor() -> None:
    """What this machine offers: platform, engines, compilers, and one self-test fault."""
    from vmlab.doctor import examine

    raise typer.Exit(examine())


@app.command(context_settings={"allow_interspersed_args": False, "ignore_unknown_options": False})
def run(
    program: Annotated[
        Path, typer.Argument(metavar="PROGRAM", help="An i386 ELF file, or C (.c) or assembly (.s) source.")
    ],
    args: Annotated[list[str] | None, typer.Argument(metavar="[ARGS]...", help="The program's own arguments.")] = None,
    abi: Annotated[
        str, typer.Option(help="How the kernel looks to the program: linux, xv6, jos-lab3 to jos-lab5, or pintos.")
    ] = "linux",
    ram: Annotated[str | None, typer.Option(help="Bytes of RAM, such as 256KiB; by default the ABI's.")] = None,
    frames: Annotated[int | None, typer.Option(help="How many frames may hold pages.")] = None,
    swap: Annotated[str | None, typer.Option(help="Bytes of swap, such as 1MiB; none by default.")] = None,
    profile: Annotated[str | None, typer.Option(help="Which system's way with memory; by default the ABI's.")] = None,
    replacement: Annotated[str | None, typer.Option(help="Which page leaves memory, such as fifo or clock.")] = None,
    root: Annotated[Path | None, typer.Option(help="A directory whose files the program sees, as copies.")] = None,
    disk: Annotated[Path | None, typer.Option(help="A file whose copy is on the disk behind the ports.")] = None,
    file_server: Annotated[Path | None, typer.Option(help="A program with the ports, which is started first.")] = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Give the program a terminal, with our standard input at its keyboard.")
    ] = False,
    randomize: Annotated[int | None, typer.Option(help="Seed of where programs lie; without it always alike.")] = None,
    budget: Annotated[int | None, typer.Option(help="How many instructions may run; then the status is 124.")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="Show each page fault, on standard error.")] = False,
    events: Annotated[bool, typer.Option("--events", help="Show each event, on standard error.")] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show each system call as strace does, on standard error.")
    ] = False,
    trace_output: Annotated[Path | None, typer.Option(help="Write the system calls to this file instead.")] = None,
    trace_calls: Annotated[str | None, typer.Option(help="Show these system calls alone, such as open,read.")] = None,
    time: Annotated[bool, typer.Option("--time", help="Show what it cost, on standard error.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write a report to this file.")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the journal to this file, for vmlab replay.")] = None,
) -> None:
    """Run a program; vmlab ends with its exit status, or 128 plus the number of the signal that killed it."""
    from vmlab.run_command import RunCommand, Trace

    options: dict[str, object] = {"ram": ram, "frames": frames, "swap": swap, "abi": abi, "profile": profile}
    traced = trace or trace_output is not None or trace_calls is not None
    strace = Trace(trace_output, trace_calls.split(",") if trace_calls is not None else None) if traced else None
    options |= {"replacement": replacement, "randomize": randomize, "disk": disk}
    shown = (faults, events, strace, time, json, save)
    command = RunCommand(program, args or [], abi, options, root, terminal, budget, *shown, file_server)
    raise typer.Exit(_user_mistakes(command.run))


@app.command()
def replay(path: Annotated[Path, typer.Argument(help="A file that lab.save() or vmlab run --save wrote.")]) -> None:
    """Run a saved journal again and say whether its log is the recorded one."""

    def play() -> int:
        from vmlab.journal.replay import replay_journal

        replayed = replay_journal(path)
        typer.echo(f"{replayed.events} events")
        typer.echo(f"sha256 {replayed.sha256}")
        typer.echo("the log is the recorded one" if replayed.same else f"recorded {replayed.recorded_sha256}: differs")
        return 0 if replayed.same else 1

    raise typer.Exit(_user_mistakes(play))


def _user_mistakes(command: Callable[[], int]) -> int:
    """What the command says; a mistake of the user's is one message and status 2."""
    from vmlab.errors import VmlabError

    try:
        return command()
    except (ValueError, OSError, VmlabError) as error:
        typer.echo(f"vmlab: {error}", err=True)
        return USER_MISTAKE


def main() -> None:
    """The console script."""
    app(prog_name="vmlab")


if __name__ == "__main__":
    main()
