# SPDX-License-Identifier: GPL-2.0-only
"""The parts of a Machine that have a name of their own: its frames, the guest's registers, the TSS; kinds of TLB."""

from __future__ import annotations

from collections.abc import Callable

from vmlab import _core
from vmlab.address import PAGE_SIZE, Address
from vmlab.views.registers import Registers

__all__ = ["STALE_ENTRIES", "TLB_TAGGING", "GuestRegisters", "MachineFrames", "TaskState"]

TLB_TAGGING = {"flush": _core.TlbTagging.FLUSH_ON_LOAD, "tagged": _core.TlbTagging.TAGGED}
STALE_ENTRIES = {"ignored": _core.StaleEntries.IGNORED, "honoured": _core.StaleEntries.HONOURED}

_USES = {use.name.lower(): use for use in _core.FrameUse}
_MACHINES_OWN = (_core.FrameUse.DESCRIPTORS, _core.FrameUse.KERNEL_STACK)


class MachineFrames:
    """The page frames of a Machine's RAM: which are in use, and what for."""

    def __init__(self, core: Callable[[], _core.MachineCore]) -> None:
        self._ask = core

    def allocate(self, use: str = "page") -> int:
        """The number of a free frame, its bytes as they were left; MemoryError when RAM is used up.

        use: "page", "page_table", "stub" or "handler": only to be shown.
        """
        if use not in _USES or _USES[use] in (_core.FrameUse.FREE, *_MACHINES_OWN):
            raise ValueError(f"use={use!r}: a frame is allocated as 'page', 'page_table', 'stub' or 'handler'")
        frame = self._ask().allocate_frame(_USES[use])
        if frame is None:
            raise MemoryError(f"all {self.total} frames of RAM are in use")
        return frame

    def free(self, frame: int) -> None:
        """Give a frame back. Entries that still name it are the caller's business, as they are an OS's."""
        if self._use(frame) in (_core.FrameUse.FREE, *_MACHINES_OWN):
            raise ValueError(f"frame {frame} is used as {self.use(frame)!r}: free only what allocate() gave")
        self._ask().free_frame(frame)

    def use(self, frame: int) -> str:
        """What a frame is used for, or "free"."""
        return self._use(frame).name.lower()

    def _use(self, frame: int) -> _core.FrameUse:
        if not 0 <= frame < self.total:
            raise ValueError(f"there is no frame {frame}; RAM has frames 0 to {self.total - 1}")
        return self._ask().frame_use(frame)

    @property
    def uses(self) -> tuple[str, ...]:
        """What each frame is used for, by number."""
        return tuple(self.use(frame) for frame in range(self.total))

    @property
    def total(self) -> int:
        """How many frames RAM has."""
        return self._ask().frame_count()

    @property
    def available(self) -> int:
        """How many are free."""
        return self._ask().frames_available()


_REGISTERS = tuple(Registers.__dataclass_fields__)


class GuestRegisters:
    """The guest's registers, live: ``m.registers.eax = 1``. While a trap is handled they are the trap frame in RAM."""

    __slots__ = ("_ask",)
    _ask: Callable[[], _core.MachineCore]

    def __init__(self, core: Callable[[], _core.MachineCore]) -> None:
        object.__setattr__(self, "_ask", core)

    def __getattr__(self, name: str) -> int:
        if name not in _REGISTERS:
            raise AttributeError(f"there is no register {name!r}; there are {', '.join(_REGISTERS)}")
        value: int = getattr(self._ask().registers, name)
        return value

    def __setattr__(self, name: str, value: int) -> None:
        if name not in _REGISTERS:
            raise AttributeError(f"there is no register {name!r}; there are {', '.join(_REGISTERS)}")
        if name == "cs":
            raise ValueError("CS stays what ring 3 has; only an iret could load it: change the trap frame's bytes")
        bits = 16 if name in ("ss", "ds", "es", "fs", "gs") else 32
        if not 0 <= value < 1 << bits:
            raise ValueError(f"{name}={value:#x} does not fit in {bits} bits")
        registers = self._ask().registers
        setattr(registers, name, value)
        self._ask().registers = registers

    def snapshot(self) -> Registers:
        """All of them as a value."""
        return Registers.of(self._ask().registers)

    def __repr__(self) -> str:
        return str(self.snapshot())


class TaskState:
    """The task-state segment, as far as ring 3 needs one: where a trap finds the kernel stack."""

    def __init__(self, core: Callable[[], _core.MachineCore]) -> None:
        self._ask = core

    @property
    def esp0(self) -> Address:
        """One past the kernel stack's last byte, as the kernel sees RAM: physical address + the kernel window's."""
        return Address(self._ask().esp0)

    @esp0.setter
    def esp0(self, address: int) -> None:
        core = self._ask()
        window = core.kernel_window()
        if not window + 68 <= address <= window + core.frame_count() * PAGE_SIZE:
            raise ValueError(
                f"esp0={address:#x}: the kernel stack lies in RAM as the kernel sees it, above {window:#x}"
            )
        core.esp0 = address
