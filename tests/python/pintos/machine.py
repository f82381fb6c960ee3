# SPDX-License-Identifier: GPL-2.0-only
"""Runs a program of this folder under abi="pintos" and gives what the console showed."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import vmlab
from vmlab.views.counters import Counters

HERE = Path(__file__).parent
FILES = {"text": b"word and more words\n", "pages": bytes(3 * 4096)}
BOOT = "Pintos booting with 4,096 kB RAM...\nBoot complete.\n"
POWER_OFF = "Timer: # ticks\nException: # page faults\nPowering off...\n"


@dataclass
class Run:
    """What came of a run: the console with the numbers of its last lines left out, and the lab's figures."""

    console: str
    reason: str
    exit_status: int | None
    counters: Counters
    faults: list[tuple[int, str]] = field(default_factory=list)
    kernel_faults: list[tuple[int, str]] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """What came between boot and power-off."""
        assert self.console.startswith(BOOT)
        assert self.console.endswith(POWER_OFF)
        return self.console.removeprefix(BOOT).removesuffix(POWER_OFF).splitlines()


def run(tmp_path: Path, name: str, *args: str, stdin: str = "", **keywords: object) -> Run:
    """Everything that a run takes is back at its end, and the lab holds its laws."""
    for file, content in FILES.items():
        (tmp_path / file).write_bytes(content)
    with vmlab.Lab(abi="pintos", root=tmp_path, **keywords) as lab:
        before = lab.counters
        process = lab.spawn(HERE / f"{name}.c", args=args, stdin=stdin)
        stop = lab.run(budget=500_000_000)
        lab.check()
        after = lab.counters
        if stop.reason == "exited":
            assert (after.table_frames, after.swap_used) == (0, 0)
            assert after.kernel_frames == before.kernel_frames
            assert not lab.process(process.pid).alive
        console = re.sub(r"(Timer|Exception): \d+", r"\1: #", lab.console.decode())
        faults = [
            [(fault.address, fault.result) for fault in some] for some in (process.faults, process.events.kernel_faults)
        ]
        return Run(console, stop.reason, process.exit_status, after, *faults)


def whole(name: str, text: str, status: int, *args: str) -> str:
    """The console of a program that shows this text and ends with this status."""
    command = " ".join((name, *args))
    end = f"{name}: exit({status})\nExecution of '{command}' complete.\n"
    return f"{BOOT}Executing '{command}':\n{text}{end}{POWER_OFF}"
