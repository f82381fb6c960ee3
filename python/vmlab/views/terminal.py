# SPDX-License-Identifier: GPL-2.0-only
"""The lab's terminal: what its screen showed, and who has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vmlab import _core
from vmlab.views.render import Shown


@dataclass(frozen=True)
class Terminal(Shown):
    """What a screen of `rows` by `columns` characters was sent, from the start.

    session: pid of the program that has the terminal, or None. foreground: the group of processes that may read.
    canonical: what is typed comes in lines, which can be edited until they end. echo: it is shown.
    """

    screen: bytes = field(repr=False)
    rows: int
    columns: int
    session: int | None
    foreground: int | None
    canonical: bool
    echo: bool
    taken_at: int = field(default=0, compare=False)

    @property
    def text(self) -> str:
        """The same as text with plain line ends."""
        return self.screen.decode(errors="replace").replace("\r\n", "\n")

    def __rich__(self) -> Any:
        from rich.panel import Panel
        from rich.text import Text

        owner = "nobody's" if self.session is None else f"of session {self.session}"
        return Panel(Text(self.text.rstrip("\n")), title=f"terminal {owner}", title_align="left")


def terminal_of(core: _core.LabCore) -> Terminal:
    """The terminal as it is now."""
    record = core.terminal()
    return Terminal(
        record.screen,
        record.rows,
        record.columns,
        record.session or None,
        record.foreground or None,
        record.canonical,
        record.echo,
        core.now(),
    )
