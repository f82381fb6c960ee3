# SPDX-License-Identifier: GPL-2.0-only
"""Our library for guests against the host's own: the same C file, the same output and the same end."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.python.toolchain.programs import (
    PROGRAMS,
    RUNS,
    Run,
    require_compiler,
    require_native,
    run_natively,
    run_program,
)

from vmlab.program import c


@pytest.fixture(scope="module")
def host_builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("host")


def build_with_the_hosts_library(name: str, folder: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("this host has no C compiler with a library of its own")
    output = folder / name
    if not output.exists():
        subprocess.run([compiler, "-O1", "-w", PROGRAMS / f"{name}.c", "-o", output], check=True)
    return output


def folders(tmp_path: Path) -> tuple[Path, Path]:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    return ours, theirs


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_program_does_the_same_with_our_library(run: Run, host_builds: Path, tmp_path: Path) -> None:
    require_native()
    require_compiler()
    ours, theirs = folders(tmp_path)
    program = c(PROGRAMS / f"{run.name}.c").compile()
    native = build_with_the_hosts_library(run.name, host_builds)
    expected = run_natively(native, run.name, theirs, run.args, run.stdin)
    assert run_program(program, ours, run.args, run.stdin) == expected
    assert expected.stdout


def test_a_failed_assertion_names_its_place_and_aborts(tmp_path: Path) -> None:
    require_native()
    require_compiler()
    ending = run_program(c(PROGRAMS / "exit_status.c").compile(), tmp_path, ["assert"])
    assert ending.status == -6
    assert ending.stderr.startswith(b"exit_status.c:")
    assert b"Assertion" in ending.stderr


def test_a_division_by_zero_is_the_processors_own_error(tmp_path: Path) -> None:
    require_native()
    require_compiler()
    source = "int main(void) { volatile long long zero = 0; return (int)(1000 / zero); }"
    assert run_program(c(source).compile(), tmp_path).status == -8


def test_lines_come_out_before_a_death(tmp_path: Path) -> None:
    require_native()
    require_compiler()
    source = '#include <stdio.h>\nint main(void) { puts("a line"); printf("no line"); *(volatile int *)8 = 1; }'
    ending = run_program(c(source).compile(), tmp_path)
    assert (ending.stdout, ending.status) == (b"a line\n", -11)
