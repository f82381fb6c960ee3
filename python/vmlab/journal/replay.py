# SPDX-License-Identifier: GPL-2.0-only
"""Running a saved journal again: the same inputs give the same log, byte for byte."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vmlab import _core
from vmlab.errors import HandlerMadeNoProgress, RecordedPolicyError
from vmlab.journal.recorded_abi import RecordedAbi, RecordedHandlerError
from vmlab.lab import Lab
from vmlab.lab_config import LabConfig

__all__ = ["Replayed", "replay", "replay_journal"]

_Kind = _core.InputKind
_HANDLER_KINDS = (_Kind.HANDLER_ALLOCATE, _Kind.HANDLER_MAP, _Kind.HANDLER_WRITE, _Kind.HANDLER_ANSWER)
_ABI_KINDS = (_Kind.OWN_ABI_STEP, _Kind.OWN_ABI_ANSWER)
_POLICY_KINDS = (_Kind.POLICY_VICTIM, _Kind.POLICY_TICK, _Kind.POLICY_RAISED)  # answered call by call, by the core
_ANSWERS = {answer.value: answer for answer in _core.HandlerAnswer}
_NO_FRAME = 1 << 32
_NO_LIMIT = (1 << 64) - 1


@dataclass(frozen=True)
class Replayed:
    """A Lab that a journal was run in again, and whether its log is the recorded one."""

    lab: Lab
    events: int
    sha256: str
    recorded_sha256: str

    @property
    def same(self) -> bool:
        return self.sha256 == self.recorded_sha256


def replay(path: str | os.PathLike[str]) -> Lab:
    """Run a journal that `lab.save(path)` wrote again. A ValueError says what is wrong with the file."""
    return replay_journal(path).lab


def replay_journal(path: str | os.PathLike[str]) -> Replayed:
    """The same, with the hash of the log beside the recorded one."""
    try:
        inputs = deque(_core.read_journal(Path(path).read_bytes()))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error
    if len(inputs) < 2 or inputs[0].kind != _Kind.CONFIGURE or inputs[-1].kind != _Kind.LOG_HASH:
        raise ValueError(f"{os.fspath(path)}: the journal lacks its first or last entry, or is of another version")
    recorded = inputs.pop().texts[0].decode()
    config = LabConfig.from_json(inputs.popleft().texts[0].decode())
    answers: deque[_core.Input] = deque()
    lab = Lab._of_config(config, [given for given in inputs if given.kind in _POLICY_KINDS], RecordedAbi(answers))
    _Player(lab, deque(given for given in inputs if given.kind not in _POLICY_KINDS), answers).play()
    log = lab.events.to_bytes()
    return Replayed(lab, len(lab.events), hashlib.sha256(log).hexdigest(), recorded)


class _Player:
    """Feeds inputs to a Lab's core in their order. Those of a handler stand before the run that they were part of."""

    def __init__(self, lab: Lab, inputs: deque[_core.Input], answers: deque[_core.Input]) -> None:
        self._core = lab._core
        self._inputs = inputs
        self._answers = answers
        self._steps: dict[_core.InputKind, Callable[[_core.Input], None]] = {
            _Kind.FILE: self._add_file,
            _Kind.DIRECTORY: self._add_directory,
            _Kind.LINK: self._add_link,
            _Kind.SPAWN: self._spawn,
            _Kind.KNOB: self._turn,
            _Kind.RUN: self._run,
            _Kind.WRITE_MEMORY: self._write_memory,
            _Kind.TYPE: self._type,
            _Kind.DISK: self._insert_disk,
        }

    def play(self) -> None:
        while self._inputs:
            given = self._inputs.popleft()
            if given.kind in (*_HANDLER_KINDS, *_ABI_KINDS):
                self._answers.append(given)
            elif given.kind in self._steps:
                self._steps[given.kind](given)
            else:
                raise ValueError(f"this version of vmlab cannot replay an input of kind {given.kind.name}")

    def _add_file(self, given: _core.Input) -> None:
        path, content = given.texts
        self._core.add_file(path.decode(), content, given.numbers[0])

    def _add_directory(self, given: _core.Input) -> None:
        self._core.add_directory(given.texts[0].decode(), given.numbers[0])

    def _add_link(self, given: _core.Input) -> None:
        path, target = given.texts
        self._core.add_link(path.decode(), target.decode())

    def _spawn(self, given: _core.Input) -> None:
        name, elf, stdin, *rest = given.texts
        strings, count = [text.decode() for text in rest], given.numbers[1]
        streams = _core.Streams.terminal if 1 in given.numbers[2:3] else _core.Streams.pipes
        ports = _core.Ports.open if 1 in given.numbers[3:4] else _core.Ports.closed
        # A program that could not be started left its traces in the log.
        with contextlib.suppress(ValueError, RecordedPolicyError):
            self._core.spawn(name.decode(), elf, strings[:count], strings[count:], stdin, streams, ports)

    def _insert_disk(self, given: _core.Input) -> None:
        self._core.insert_disk(given.texts[0])

    def _type(self, given: _core.Input) -> None:
        self._core.type(given.texts[0])

    def _turn(self, given: _core.Input) -> None:
        knob, value = given.texts
        if knob == b"page_fault_handler":
            self._core.set_fault_handler(None if value == b"none" else self._answer)
        elif knob == b"fail_disk":
            disk, direction, transfers = given.numbers
            self._core.fail_disk(_core.DiskName(disk), _core.IoDirection(direction), transfers)
        elif knob in (b"xv6", b"jos"):
            self._call_function(knob.decode(), value.decode(), given.numbers)
        else:
            raise ValueError(f"this version of vmlab has no knob {knob.decode()!r}")

    def _call_function(self, system: str, name: str, numbers: list[int]) -> None:
        """A function of a system's kernel that was called from outside; what it returned then was for the caller."""
        core = self._core
        functions: dict[tuple[str, str], Callable[..., object]] = {
            ("xv6", "growproc"): lambda pid, n: core.xv6_growproc(pid, n - (1 << 32) if n >> 31 else n),
            ("xv6", "allocuvm"): core.xv6_allocuvm,
            ("xv6", "deallocuvm"): core.xv6_deallocuvm,
            ("xv6", "walkpgdir"): core.xv6_ensure_table,
            ("xv6", "kalloc"): core.xv6_kalloc,
            ("xv6", "kfree"): core.xv6_kfree,
            ("xv6", "mappages"): core.xv6_mappages,
            ("jos", "page_alloc"): core.jos_page_alloc,
            ("jos", "page_free"): core.jos_page_free,
            ("jos", "page_insert"): core.jos_page_insert,
            ("jos", "page_remove"): core.jos_page_remove,
            ("jos", "env_run"): core.jos_env_run,
        }
        if (system, name) not in functions:
            raise ValueError(f"this version of vmlab has no {system} function {name!r}")
        with contextlib.suppress(ValueError, RecordedPolicyError):  # where the system would have stopped with a panic
            functions[system, name](*numbers)

    def _run(self, given: _core.Input) -> None:
        reason, instructions, events, budget, event = given.numbers
        stop_at, position = None, None
        if reason == _core.StopReason.event.value:
            stop_at = event
        elif reason == _core.StopReason.interrupted.value:
            budget, position = _NO_LIMIT, (instructions, events)
        with contextlib.suppress(RecordedHandlerError, HandlerMadeNoProgress, RecordedPolicyError):
            self._core.run(budget, [], None, stop_at, position)

    def _answer(self, door: _core.HandlerDoor, *_: object) -> _core.HandlerAnswer:
        """What the user's handler did at this fault, from the journal."""
        while self._answers:
            given = self._answers.popleft()
            if given.kind == _Kind.HANDLER_ALLOCATE:
                _expect_memory_error(door.allocate_frame, given.numbers[0] == _NO_FRAME)
            elif given.kind == _Kind.HANDLER_WRITE:
                door.write_frame(given.numbers[0], given.numbers[1], given.texts[0])
            elif given.kind == _Kind.HANDLER_MAP:
                door.map_page(*given.numbers)
            else:
                return _ANSWERS[given.numbers[0]]
        raise RecordedHandlerError("the journal knows no further answer: set a handler with set_page_fault_handler()")

    def _write_memory(self, given: _core.Input) -> None:
        pid, address = given.numbers
        with contextlib.suppress(ValueError, RecordedPolicyError):  # not all was mapped, and what was is written
            self._core.write(pid, address, given.texts[0])


def _expect_memory_error(call: Callable[[], object], wanted: bool) -> None:
    try:
        call()
    except MemoryError:
        if not wanted:
            raise
