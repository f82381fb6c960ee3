# SPDX-License-Identifier: GPL-2.0-only
"""Lab: the front door. A machine, a kernel on it, and programs that run there, page by page."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from vmlab import _core
from vmlab._core import Stop as CoreStop
from vmlab.address import PAGE_SIZE
from vmlab.engine import engine_libraries
from vmlab.errors import InvariantError
from vmlab.event_log import Log
from vmlab.event_schema import kind_named, kinds
from vmlab.events import Event, EventPattern, Events
from vmlab.host_files import copy_into
from vmlab.lab_config import (
    LabConfig,
    MachineDefaults,
    bytes_of,
    class_name,
    field_text,
    instruction_limit,
    own_handlers,
    own_policy,
)
from vmlab.lab_views import LabViews
from vmlab.process import Process
from vmlab.program import elf_and_name
from vmlab.sizes import parse_size
from vmlab.views.transfers import disk_failure
from vmlab.views.walk import Walk

if TYPE_CHECKING:
    from vmlab.abi_description import CallHandlers
    from vmlab.handlers import Handler
    from vmlab.own_abi import Abi
    from vmlab.policy import ReplacementPolicy
    from vmlab.program import Runnable

__all__ = ["Lab", "Stop"]

Until = str | EventPattern | Callable[[Event], object]


@dataclass(frozen=True)
class Stop:
    """Why a run ended: reason is "exited", "event", "budget", "deadlock", "input" or "interrupted"."""

    reason: str
    event: Event | None
    instructions: int


class Lab(LabViews):
    """A laboratory: RAM, an MMU, a processor and a small operating system.

    ram: bytes, or text such as "256 KiB"; by default 64 MiB, or what the ABI's system uses: 224 MiB for xv6,
        4 MiB for pintos.
    frames: how many frames may hold pages; None for as many as RAM has, and 367 in pintos's machine of 4 MiB.
    swap: how much swap there is, in bytes or as text; none by default, and 4 MiB for pintos.
    abi: how the kernel looks to a program: "linux", "xv6", "jos-lab3", "jos-lab4", "jos-lab5" or "pintos", or a
        subclass of vmlab.Abi or an instance of one.
    profile: which operating system's way with memory, by default the ABI's own: "linux", "bsd44", "xv6", "xv6-lazy",
        "jos", "pintos", "windows".
    replacement: which page leaves memory when frames run out: a name, such as "fifo" or "clock", or a subclass of
        vmlab.ReplacementPolicy, or an instance of one.
    seed: of the random numbers that guests get.
    randomize: a seed for where programs, stacks, heaps and mmap's room lie; by default they always lie the same.
    root: a directory whose files are copied into the guest's filesystem.
    disk: what is on the disk that a program reaches through ports, under "jos-lab5": bytes, or the path of a file, of
        which a copy is taken; whole sectors of 512 bytes. `lab.disk` shows what has become of it.
    page_fault_handler: called as handler(kernel, fault) for each page fault, before the kernel acts; it returns
        vmlab.RETRY, vmlab.DELIVER or NotImplemented.
    trace_accesses: every page reference reaches the replacement policy and the log; about a microsecond an instruction.
    frame_buffer: how much memory the device /dev/fb0 has, which a guest maps and `lab.frame_buffer` shows; none by
        default.
    Further keywords override fields of the profile: fork="cow" or "eager" (or one of the lecture's ways that are wrong,
        "memcpy", "from_file", "cow_in_entries"), fork_entries="copied" or "empty", shadows="first_write" or "fork",
        zero_page="on" or "off", heap="lazy" or "eager", image="demand" or "eager", scope="global" or "local",
        dont_need="forget" or "deactivate", swap_disk and file_disk="memory", "ssd" or "hdd",
        overcommit="heuristic", "always" or "never"; and the numbers tau, hand_spread, policy_tick, process_frames,
        low_watermark, high_watermark, modified_limit, dma_frames, zero_ahead, readahead, cluster, write_back_age,
        working_set_minimum, balance_tick, swapper_idle_ms, overcommit_ratio, commit_limit.

    Use it as a context manager; `close()` gives the engine back, and snapshots taken before stay.
    """

    _open_core: _core.LabCore | None = None
    _policy: ReplacementPolicy | type[ReplacementPolicy] | None = None

    def __init__(
        self,
        ram: int | str | None = None,
        frames: int | None = None,
        swap: int | str | None = None,
        abi: str | Abi | type[Abi] = "linux",
        profile: str | None = None,
        replacement: object = None,
        root: str | os.PathLike[str] | None = None,
        seed: int = 0,
        page_fault_handler: Handler | None = None,
        trace_accesses: bool = False,
        frame_buffer: int | str | None = None,
        randomize: int | None = None,
        disk: bytes | str | os.PathLike[str] | None = None,
        **profile_fields: object,
    ) -> None:
        if frames is not None and (not isinstance(frames, int) or not 0 < frames < 1 << 32):
            raise ValueError(f"frames={frames!r}: how many frames may hold pages, as a positive int")
        if not isinstance(seed, int) or not 0 <= seed < 1 << 64:
            raise ValueError(f"seed={seed!r}: of the guest's random numbers, as an int from 0 to 2**64 - 1")
        if randomize is not None and (not isinstance(randomize, int) or not 0 <= randomize < 1 << 64):
            raise ValueError(f"randomize={randomize!r}: a seed for where programs lie, as an int from 0 to 2**64 - 1")
        if isinstance(replacement, str):
            profile_fields["replacement"] = replacement
        elif replacement is not None:
            self._policy = own_policy(replacement)
        own = None if isinstance(abi, str) else own_handlers(abi)
        defaults = MachineDefaults.of(str(abi) if own is None else own.description)
        self._open(
            LabConfig(
                ram=defaults.ram if ram is None else parse_size(ram),
                frames=defaults.frames if ram is None and frames is None else frames,
                abi=defaults.abi,
                seed=seed,
                swap=defaults.swap if swap is None else 0 if swap == 0 else parse_size(swap),
                frame_buffer=0 if frame_buffer is None or frame_buffer == 0 else parse_size(frame_buffer),
                profile=defaults.profile if profile is None else profile,
                fields=tuple((name, field_text(name, value)) for name, value in profile_fields.items()),
                trace_accesses=trace_accesses,
                randomize=randomize,
                policy=None if self._policy is None else class_name(self._policy),
                own_abi=None if own is None else own.description,
            ),
            own,
        )
        if page_fault_handler is not None:
            self.set_page_fault_handler(page_fault_handler)
        if root is not None:
            copy_into(self._core, Path(root))
        if disk is not None:
            self._core.insert_disk(
                Path(disk).read_bytes() if isinstance(disk, (str, os.PathLike)) else bytes_of("disk", disk)
            )

    @classmethod
    def _of_config(cls, config: LabConfig, policy_answers: list[_core.Input], handlers: CallHandlers) -> Lab:
        """A lab whose replacement policy, if it was the user's own, answers from a journal; so does such an ABI."""
        lab = cls.__new__(cls)
        lab._open(config, handlers, None if config.policy is None else policy_answers)
        return lab

    def _open(
        self, config: LabConfig, handlers: CallHandlers | None, policy_answers: list[_core.Input] | None = None
    ) -> None:
        limit = (1 << 32) - 1 if config.frames is None else config.frames
        tracing = _core.AccessTracing.EVERY_REFERENCE if config.trace_accesses else _core.AccessTracing.ON_MISS
        core = _core.LabCore(
            engine_libraries(),
            abi=config.abi,
            ram=config.ram,
            page_frame_limit=limit,
            seed=config.seed,
            swap_slots=config.swap // PAGE_SIZE,
            profile=config.profile,
            fields=list(config.fields),
            tracing=tracing,
            frame_buffer_pages=-(-config.frame_buffer // PAGE_SIZE),
            randomize=config.randomize,
            policy=self._policy,
            policy_answers=policy_answers,
            own_abi=None if config.own_abi is None else config.own_abi.to_core(),
            own_handlers=handlers,
        )
        core.configure(config.to_json())
        self._open_core = core
        self._config = config
        syscalls = {call.number: (call.name, call.arguments) for call in core.syscall_names()}
        self._log = Log(core.tracer(), config.abi, syscalls)

    @property
    def _core(self) -> _core.LabCore:
        if self._open_core is None:
            raise ValueError("this lab is closed: take what you want to keep from it before close()")
        return self._open_core

    @property
    def abi(self) -> str:
        """How its kernel looks to a program."""
        return self._config.abi

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give RAM and the engine back. The log and snapshots stay; closing again does nothing."""
        if self._open_core is None:
            return
        self._open_core.set_fault_handler(None)
        self._open_core = None

    def set_page_fault_handler(self, handler: Handler | None) -> None:
        """Let this handler see each page fault first, or none."""
        from vmlab.handlers import adapt

        if handler is not None and not callable(handler):
            raise TypeError(f"a page-fault handler is called as handler(kernel, fault); {handler!r} cannot be called")
        self._core.set_fault_handler(None if handler is None else adapt(handler))

    def spawn(
        self,
        program: Runnable,
        args: Iterable[str] = (),
        env: Mapping[str, str] | None = None,
        stdin: bytes | str = b"",
        terminal: bool = False,
        ports: bool = False,
    ) -> Process:
        """Start a program: an ELF file's path or a Program. `args` are those after the name; it runs with `run()`.

        terminal: its streams are the lab's terminal, where `stdin` is typed; else they are as pipes, and `stdin` ends.
            Under a teaching system's ABI they always are its console.
        ports: it may use the machine's ports by in and out, and so its disk: under "jos-lab5" it is the file server.
        """
        if isinstance(args, str):
            raise TypeError(f"args is a sequence of arguments, not one text: args=[{args!r}]")
        elf, name = elf_and_name(program, self._config.built_for)
        variables = [f"{key}={value}" for key, value in (env or {}).items()]
        arguments = [name, *map(str, args)]
        for text in (*arguments, *variables):
            if "\0" in text:
                raise ValueError(f"an argument or variable cannot hold a NUL character: {text!r}")
        data = bytes_of("stdin", stdin)
        with_terminal = terminal and not self._config.uses_console
        streams = _core.Streams.terminal if with_terminal else _core.Streams.pipes
        opened = _core.Ports.open if ports else _core.Ports.closed
        pid = self._core.spawn(name, elf, arguments, variables, data, streams, opened)
        return self.process(pid)

    def type(self, text: bytes | str) -> None:
        """Type on the terminal: it comes when a process waits to read, for which `run()` ends with "input"."""
        self._core.type(bytes_of("text", text))

    def run(self, until: Until | None = None, budget: int | None = None) -> Stop:
        """Run until everything has ended, or an event, or the budget's instructions are used up, or Ctrl-C.

        until: an event's name, a `vmlab.event(name, **fields)`, or a predicate over events. At `fault` the kernel has
        not acted yet.
        """
        limit = instruction_limit(budget)
        kinds_to_stop_at, accepts = self._conditions(until)
        return self._stopped(self._core.run(limit, kinds_to_stop_at, accepts))

    def run_watched(self, watch: Callable[[Event], object], names: Iterable[str], budget: int | None = None) -> Stop:
        """Run as `run(budget=budget)` does, and call watch(event) for each event of these names, just when it happens.

        `watch` may look at the lab and its processes. At `syscall` the kernel has not acted yet.
        """
        numbers = [kind_named(name).number for name in names]

        def hear(index: int) -> bool:
            watch(self._event_at(index))
            return False

        return self._stopped(self._core.run(instruction_limit(budget), numbers, hear))

    def _conditions(self, until: Until | None) -> tuple[list[int], Callable[[int], bool] | None]:
        if until is None:
            return [], None
        if isinstance(until, str):
            return [kind_named(until).number], None
        if isinstance(until, EventPattern):
            pattern = until
            return [pattern.kind.number], lambda index: pattern.matches(self._event_at(index))
        if callable(until):
            predicate = until
            return [kind.number for kind in kinds()], lambda index: bool(predicate(self._event_at(index)))
        raise TypeError(f"until is an event's name, a vmlab.event(...) or a predicate, not {until!r}")

    def _event_at(self, index: int) -> Event:
        return Event(index, self._log.records.record(index))

    def _stopped(self, stop: CoreStop) -> Stop:
        event = None if stop.event is None else self.events[stop.event]
        return Stop(stop.reason.name, event, stop.instructions)

    @property
    def processes(self) -> list[Process]:
        """All processes, those that have ended included, by pid."""
        return [self.process(pid) for pid in self._core.pids()]

    def process(self, pid: int) -> Process:
        """The process with this pid."""
        if pid not in self._core.pids():
            raise ValueError(f"there is no process {pid}; there are {self._core.pids()}")
        return Process(self, pid, lambda: self._core)

    @property
    def events(self) -> Events:
        """The log so far."""
        return Events.of_log(self._log)

    @property
    def syscall_table(self) -> Mapping[int, tuple[str, str]]:
        """The ABI's system calls by number: a name, and a letter for each argument, as in `Syscall.signature`."""
        return MappingProxyType(self._log.syscalls)

    def walk(self, process: Process | int, address: int) -> Walk:
        """How a process's tables lead from an address to a frame, step by step."""
        return (process if isinstance(process, Process) else self.process(process)).walk(address)

    def fail_disk(self, disk: str, direction: str, transfers: int = 1) -> None:
        """Let the next transfers of a disk fail: "swap" or "files", "read" or "write"; 0 mends it.

        A page that cannot be read gives its process SIGBUS, or the system call that needs it an error. A page that
        cannot be written stays in memory, dirty.
        """
        self._core.fail_disk(*disk_failure(disk, direction, transfers))

    def check(self) -> None:
        """Recompute what the kernel believes from the truth; InvariantError names each difference."""
        violations = self._core.check()
        if violations:
            raise InvariantError(violations)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that came from outside to a file; `vmlab.replay(path)` makes the same run of it again.

        What page-fault handlers and replacement policies of your own answered is in the file; their code is not.
        """
        digest = hashlib.sha256(self._log.records.to_bytes()).hexdigest()
        Path(path).write_bytes(self._core.journal_bytes(digest))

    def __repr__(self) -> str:
        if self._open_core is None:
            return "<closed lab>"
        return f"<lab at time {self.now}: {len(self._core.pids())} processes, {self._core.tracer().count()} events>"
