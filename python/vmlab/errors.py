# SPDX-License-Identifier: GPL-2.0-only
"""The errors that vmlab itself raises. A user's mistake in an argument is a ValueError or a TypeError instead."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BadAddress",
    "CallFailed",
    "CompileError",
    "EngineError",
    "HandlerMadeNoProgress",
    "InvariantError",
    "LabBusy",
    "Panic",
    "PolicyError",
    "RecordedPolicyError",
    "ToolchainError",
    "VmlabError",
]


class VmlabError(Exception):
    """The base of every error that is vmlab's own."""


class EngineError(VmlabError):
    """Unicorn or Capstone is missing, of a wrong version, or cannot start; the text says what to install."""


class ToolchainError(VmlabError):
    """No compiler that can build guest programs was found, or the one asked for cannot."""


class CompileError(VmlabError):
    """A guest program does not compile, assemble or link; `diagnostics` is what the compiler said."""

    def __init__(self, name: str, diagnostics: str) -> None:
        super().__init__(name, diagnostics)
        self.name = name
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return f"{self.name} does not build:\n{self.diagnostics}"


class LabBusy(VmlabError):
    """A second thread used a Lab or a Machine while it was running."""


class InvariantError(VmlabError, AssertionError):
    """The books of a Lab do not agree with the truth; `violations` names each difference."""

    def __init__(self, violations: Iterable[str]) -> None:
        self.violations = tuple(violations)
        super().__init__(self.violations)

    def __str__(self) -> str:
        return "; ".join(self.violations)


class HandlerMadeNoProgress(VmlabError):
    """A page-fault handler asked for a retry and changed nothing, so the same fault came again."""


class PolicyError(VmlabError):
    """A replacement policy chose a page that may not be evicted, or looked at one that it may not see."""


class CallFailed(VmlabError):
    """What a handler of a `vmlab.Abi` asked for cannot be done for the process; `reason` is a word for why.

    Where it leaves the handler, the system call returns the ABI's `failed`.
    """

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.reason = reason


class BadAddress(CallFailed):
    """The process has not all of the memory there, or may not write it.

    Where it leaves the handler, the system call returns the ABI's `bad_address`.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what, "bad_address")


class RecordedPolicyError(VmlabError):
    """Where a recorded replacement policy raised an exception, or a replayed lab goes on without the policy."""


class Panic(VmlabError):
    """A bug of vmlab's own: please report it with this text, which ends with the last events."""
