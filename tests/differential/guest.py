# SPDX-License-Identifier: GPL-2.0-only
"""The native runner as a guest of a Lab: what its handlers see there comes out of the lab's signal frames."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import capstone
from tests.differential.layout import SEGMENTS, Case, Group, Outcome
from tests.differential.native import read_outcome

import vmlab

BUDGET = 4_000_000_000

# A 32-bit kernel's selectors, as the host's 64-bit one has them.
SELECTORS = {0x73: 0x23, 0x7B: 0x2B, 0x33: 0x63}
SEGMENT_REGISTERS = {getattr(capstone.x86, f"X86_REG_{name.upper()}") for name in SEGMENTS}
SELECTOR_CHECKS = {"arpl", "lar", "lsl", "verr", "verw"}


def handles_selectors(case: Case) -> bool:
    """Whether its code takes a selector's number from a register or puts one there: the two kernels' differ."""
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_32)
    decoder.detail = True
    return any(
        instruction.mnemonic in SELECTOR_CHECKS
        or any(
            operand.type == capstone.x86.X86_OP_REG and operand.reg in SEGMENT_REGISTERS
            for operand in instruction.operands
        )
        for instruction in decoder.disasm(case.code, case.code_at)
    )


def without_selectors(group: Group) -> Group:
    """The group's cases but for those that would have to differ."""
    return dataclasses.replace(group, cases=[case for case in group.cases if not handles_selectors(case)])


def run(runner: Path, groups: list[Group]) -> list[Outcome]:
    """The outcomes of all cases, in order."""
    with vmlab.Lab(ram="16 MiB") as lab:
        process = lab.spawn(runner, stdin=b"".join(group.pack() for group in groups))
        stop = lab.run(budget=BUDGET)
        lab.check()
        data = process.stdout
        if stop.reason != "exited" or process.exit_status != 0:
            raise RuntimeError(f"the runner in the lab: {stop}, {process}")
    outcomes, at = [], 0
    while at < len(data):
        outcome, at = read_outcome(data, at)
        selectors = tuple(SELECTORS.get(selector, selector) for selector in outcome.segments)
        outcomes.append(dataclasses.replace(outcome, segments=selectors))
    return outcomes
