# SPDX-License-Identifier: GPL-2.0-only
"""A laboratory for virtual memory: an i386 machine and the operating system on it, every page fault on view.

import vmlab

with vmlab.Lab(ram="1 MiB") as lab:
    process = lab.spawn(vmlab.touch(["w0", "r1"]))
    lab.run()
    print(process.faults[0].explain())
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from vmlab._version import __version__

if TYPE_CHECKING:
    from vmlab.address import Address
    from vmlab.errors import (
        BadAddress,
        CallFailed,
        CompileError,
        HandlerMadeNoProgress,
        InvariantError,
        LabBusy,
        Panic,
        PolicyError,
        ToolchainError,
        VmlabError,
    )
    from vmlab.events import Event, Events, event
    from vmlab.handlers import DELIVER, RETRY
    from vmlab.journal.replay import replay
    from vmlab.lab import Lab, Stop
    from vmlab.machine import Machine
    from vmlab.own_abi import Abi, syscall
    from vmlab.policy import ReplacementPolicy
    from vmlab.process import Process
    from vmlab.process_handle import ProcessHandle, UnresolvedFault
    from vmlab.program import Program, asm, c, touch
    from vmlab.report import Report
    from vmlab.simulation import Simulation, simulate
    from vmlab.views.layout import layout
    from vmlab.workbench import Workbench

# Where each public name lives. A module is imported when one of its names is first asked for.
_HOMES = {
    "Abi": "own_abi",
    "Address": "address",
    "BadAddress": "errors",
    "CallFailed": "errors",
    "CompileError": "errors",
    "DELIVER": "handlers",
    "Event": "events",
    "Events": "events",
    "HandlerMadeNoProgress": "errors",
    "InvariantError": "errors",
    "Lab": "lab",
    "LabBusy": "errors",
    "Machine": "machine",
    "Panic": "errors",
    "PolicyError": "errors",
    "Process": "process",
    "ProcessHandle": "process_handle",
    "Program": "program",
    "RETRY": "handlers",
    "ReplacementPolicy": "policy",
    "Report": "report",
    "Simulation": "simulation",
    "Stop": "lab",
    "ToolchainError": "errors",
    "UnresolvedFault": "process_handle",
    "VmlabError": "errors",
    "Workbench": "workbench",
    "asm": "program",
    "c": "program",
    "event": "events",
    "layout": "views.layout",
    "replay": "journal.replay",
    "simulate": "simulation",
    "syscall": "own_abi",
    "touch": "program",
}

__all__ = [
    "DELIVER",
    "RETRY",
    "Abi",
    "Address",
    "BadAddress",
    "CallFailed",
    "CompileError",
    "Event",
    "Events",
    "HandlerMadeNoProgress",
    "InvariantError",
    "Lab",
    "LabBusy",
    "Machine",
    "Panic",
    "PolicyError",
    "Process",
    "ProcessHandle",
    "Program",
    "ReplacementPolicy",
    "Report",
    "Simulation",
    "Stop",
    "ToolchainError",
    "UnresolvedFault",
    "VmlabError",
    "Workbench",
    "__version__",
    "asm",
    "c",
    "event",
    "layout",
    "replay",
    "simulate",
    "syscall",
    "touch",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vmlab' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"vmlab.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
