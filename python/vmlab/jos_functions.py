# SPDX-License-Identifier: GPL-2.0-only
"""Functions of JOS's kernel by the names that the course has for them, called from outside on a lab's environments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vmlab import _core
from vmlab.address import Address
from vmlab.arguments import unsigned

if TYPE_CHECKING:
    from vmlab.process import Process

__all__ = ["Jos"]

_PTE_P = 1


class Jos:
    """What JOS's kernel calls for pages and environments. Each function does what JOS's does, and returns what that
    returns; a call is in the journal as everything that changes a run.

    A page goes by its physical address, as page2pa() has it.
    """

    def __init__(self, core: Callable[[], _core.LabCore]) -> None:
        self._ask = core

    def page_alloc(self) -> Address | None:
        """A page of zeros that no environment has yet; None without a free one."""
        page = self._ask().jos_page_alloc()
        return None if page is None else Address(page)

    def page_free(self, page: int) -> None:
        """Gives a page of page_alloc() back. ValueError where an environment has it: there JOS stops with a panic."""
        self._ask().jos_page_free(unsigned("page", page))

    def page_insert(self, process: Process, page: int, va: int, perm: int) -> int:
        """Maps a page of page_alloc() or page_lookup() at an address, instead of what is there. Returns 0, or -4
        (-E_NO_MEM) without a frame for a page table; then nothing is there.

        perm: PTE_U (4), perhaps with PTE_W (2) and the system's own bits (0xE00); PTE_P goes without saying. From the
        first time on the page is the environments', and goes with the last that has it.
        """
        numbers = unsigned("page", page), unsigned("va", va), unsigned("perm", perm) | _PTE_P
        return self._ask().jos_page_insert(process.pid, *numbers)

    def page_remove(self, process: Process, va: int) -> None:
        """Takes a page away from an environment; where none is, nothing happens."""
        self._ask().jos_page_remove(process.pid, unsigned("va", va))

    def page_lookup(self, process: Process, va: int) -> Address | None:
        """The page that an environment has at an address; None where it has none."""
        page = self._ask().jos_page_lookup(process.pid, unsigned("va", va))
        return None if page is None else Address(page)

    def env_run(self, process: Process) -> None:
        """Gives an environment the processor when the kernel returns to ring 3 next: the event `context_switch`, with
        the new CR3, and one more in its env_runs. ValueError when it waits."""
        self._ask().jos_env_run(process.pid)
