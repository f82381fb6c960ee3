# SPDX-License-Identifier: GPL-2.0-only
"""The same program here and on the host: what it printed, and how it ended."""

from __future__ import annotations

import functools
import os
import platform
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.python.tiny_elf import exit_with, tiny_elf

import vmlab

PROGRAMS = Path(__file__).parents[2] / "programs"


@dataclass(frozen=True)
class Ending:
    """status as a shell shows it: 128 + the signal's number for a program that was killed."""

    stdout: bytes
    stderr: bytes
    status: int


def run_here(elf: Path, args: Sequence[str], env: dict[str, str], stdin: bytes, root: Path) -> Ending:
    with vmlab.Lab(ram="32 MiB", root=root) as lab:
        process = lab.spawn(elf, args=args, env=env, stdin=stdin)
        stop = lab.run(budget=2_000_000_000)
        assert stop.reason == "exited"
        lab.check()
        killed, status = process.signal, process.exit_status
        return Ending(process.stdout, process.stderr, 128 + killed if killed else status or 0)


def run_command(
    command: Sequence[str | Path],
    env: dict[str, str],
    stdin: bytes,
    root: Path,
    *,
    executable: Path | None = None,
    change_root: bool = False,
) -> Ending:
    """Runs a command on the host, in a folder that `change_root` makes its root directory as well.

    It ignores no signal, whatever those who started the tests ignore, as `nohup` and a shell's background do.
    """

    def prepare() -> None:
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            signal.signal(ignored, signal.SIG_DFL)
        if change_root:
            os.chroot(root)

    done = subprocess.run(
        command,
        executable=executable,
        preexec_fn=prepare,
        cwd=root,
        env=env,
        input=stdin,
        capture_output=True,
        umask=0o022,
        timeout=60,
        check=False,
    )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return Ending(done.stdout, done.stderr, status)


def run_natively(elf: Path, args: Sequence[str], env: dict[str, str], stdin: bytes, root: Path) -> Ending:
    return run_command([elf.name, *args], env, stdin, root, executable=elf)


def folder_named_by(variable: str, what: str) -> Path:
    """What a test needs that this project does not hold; the test is skipped where nobody says where it is."""
    path = os.environ.get(variable, "")
    if not path:
        pytest.skip(f"{variable} does not name {what}")
    return Path(path)


@functools.cache
def why_not_native() -> str | None:
    """Why this host cannot be asked; None when it can."""
    if platform.system() != "Linux":
        return f"{platform.system()} does not run Linux programs"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exit_42"
        path.write_bytes(tiny_elf(exit_with(42)))
        path.chmod(0o755)
        try:
            status = subprocess.run([path], check=False).returncode
        except OSError as error:
            return f"this host does not run i386 programs: {error}"
    return None if status == 42 else f"an i386 program ended with {status} instead of 42"


def require_native() -> None:
    reason = why_not_native()
    if reason is not None:
        pytest.skip(reason)


def compile_program(name: str, folder: Path) -> Path:
    """Builds tests/programs/<name>.c for Linux; the test is skipped where there is no compiler."""
    try:
        elf = vmlab.c(PROGRAMS / f"{name}.c").compile("linux").elf
    except vmlab.ToolchainError as error:
        pytest.skip(str(error))
    path = folder / name
    path.write_bytes(elf)
    path.chmod(0o755)
    return path
