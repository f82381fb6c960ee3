# SPDX-License-Identifier: GPL-2.0-only
"""An ABI of the user's own as a journal has it: what its handlers did, without their code."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Sequence

from vmlab import _core
from vmlab.errors import RecordedPolicyError, VmlabError

__all__ = ["RecordedAbi", "RecordedHandlerError"]

_STEPS = frozenset({
    *("read", "read_string", "write", "set_heap_end", "map", "unmap", "protect", "print"),
    *("read_console", "fork", "wake", "reap", "give_up_slice"),
    *("exit", "kill", "wait", "wait_for_child", "wait_for_console", "sleep_until"),
})  # fmt: skip
_STEPS_WITH_BYTES = frozenset({"print", "write"})


class RecordedHandlerError(VmlabError):
    """Where the recorded page-fault handler, or ABI, raised an exception, or a replayed lab goes on without it."""


class RecordedAbi:
    """Does at each call and trap what was done then; `answers` is filled as the journal is played."""

    def __init__(self, answers: deque[_core.Input]) -> None:
        self._answers = answers

    def call(self, door: _core.CallerDoor, number: int, words: Sequence[int]) -> int:
        return self._play(door)

    def page_fault(self, door: _core.CallerDoor, *_: int) -> None:
        self._play(door)

    def exception(self, door: _core.CallerDoor, *_: int) -> None:
        self._play(door)

    def _play(self, door: _core.CallerDoor) -> int:
        while self._answers:
            given = self._answers.popleft()
            if given.kind == _core.InputKind.OWN_ABI_STEP:
                with contextlib.suppress(RecordedPolicyError):  # the next input says what the handler made of it
                    self._step(door, given)
            elif given.numbers:
                return given.numbers[0]
            else:
                raise RecordedHandlerError("the ABI's handler raised an exception here")
        raise RecordedHandlerError("the journal knows no further answer of the ABI, whose code it has not")

    def _step(self, door: _core.CallerDoor, given: _core.Input) -> None:
        name, content = given.texts[0].decode(), given.texts[1]
        if name not in _STEPS:
            raise ValueError(f"this version of vmlab has no step {name!r} of an ABI's handler")
        getattr(door, name)(*given.numbers, *([content] if name in _STEPS_WITH_BYTES else []))
