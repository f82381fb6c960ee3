# SPDX-License-Identifier: GPL-2.0-only
"""Report: one run as a value that can be written as JSON and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from vmlab.lab import Stop
from vmlab.process import Process
from vmlab.views.fault import Fault

__all__ = ["Report"]

SCHEMA = 1
_OUTCOMES = {"budget": "budget", "deadlock": "deadlock", "input": "deadlock", "interrupted": "error", "event": "error"}


@dataclass(frozen=True)
class Report:
    """How a program ended, what it cost, and each of its page faults.

    outcome: "exited", "killed", "budget", "deadlock" or "error".
    """

    outcome: str
    exit_status: int | None
    signal: int | None
    program_sha256: str
    counters: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    schema: int = SCHEMA

    @classmethod
    def of(cls, stop: Stop, process: Process, program_sha256: str, counters: Mapping[str, int]) -> Report:
        """The report on a run's first process."""
        ended = "killed" if process.signal else "exited"
        outcome = _OUTCOMES[stop.reason] if process.alive else ended
        return cls(
            outcome,
            process.exit_status,
            process.signal,
            program_sha256,
            dict(counters),
            tuple(map(fault_row, process.faults)),
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Raises ValueError for a report of another schema."""
        values = json.loads(text)
        if values.get("schema") != SCHEMA:
            raise ValueError(f"this report has schema {values.get('schema')!r}; this version reads schema {SCHEMA}")
        return cls(**{**values, "faults": tuple(values["faults"])})


def fault_row(fault: Fault) -> dict[str, Any]:
    """A page fault in a report."""
    return {
        "pid": fault.pid,
        "address": int(fault.address),
        "error": fault.error,
        "trap": fault.trap,
        "eip": None if fault.eip is None else int(fault.eip),
        "access": fault.access,
        "result": fault.result,
        "major": fault.major,
    }
