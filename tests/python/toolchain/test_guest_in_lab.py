# SPDX-License-Identifier: GPL-2.0-only
"""The same programs in a Lab: they do what they do on the host's own kernel, and every page is accounted for."""

from pathlib import Path

import pytest
from tests.python.toolchain.programs import (
    ENVIRONMENT,
    PROGRAMS,
    RUNS,
    Ending,
    Run,
    require_compiler,
    require_native,
    run_program,
)

import vmlab
from vmlab.program import prebuilt


def run_in_lab(program: vmlab.Program, run: Run) -> Ending:
    with vmlab.Lab(ram="32 MiB") as lab:
        process = lab.spawn(program, run.args, ENVIRONMENT, run.stdin)
        assert lab.run(budget=1_000_000_000).reason == "exited"
        lab.check()
        status = process.exit_status if process.signal is None else -process.signal
        assert status is not None
        return Ending(process.stdout, process.stderr, status)


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_program_does_in_a_lab_what_it_does_on_the_host(run: Run, tmp_path: Path) -> None:
    require_native()
    require_compiler()
    program = vmlab.c(PROGRAMS / f"{run.name}.c").compile()
    assert run_in_lab(program, run) == run_program(program, tmp_path, run.args, run.stdin)


def test_a_touch_program_faults_once_for_each_page_it_is_given() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(vmlab.touch(["w0", "r1", 2, "w0", "w5"]))
        lab.run()
        pages = [int(fault.address) >> 12 for fault in process.faults if fault.access != "fetch"]
        assert [page - 0x10000 for page in pages] == [0, 1, 2, 5]
        assert process.exit_status == 0
        lab.check()


def test_the_story_is_told_in_order() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(prebuilt("story"))
        lab.run()
        assert [line.split(".")[0] for line in process.stdout_text.splitlines()] == list("123456789")
        results = [fault.result for fault in process.faults]
        assert {"page_in", "zero_fill", "copy_up"} <= set(results)
        lab.check()
