# SPDX-License-Identifier: GPL-2.0-only
"""One rich renderable as text, and as HTML for a notebook."""

from __future__ import annotations

import io
from typing import Any

WIDTH = 120


def to_text(renderable: Any, width: int = WIDTH) -> str:
    """Without colour, each line stripped of trailing blanks."""
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=width, color_system=None, legacy_windows=False).print(renderable)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def to_html(renderable: Any, width: int = WIDTH) -> str:
    """With colour, as one <pre> element."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=width, record=True, force_jupyter=False, legacy_windows=False)
    console.print(renderable)
    return console.export_html(inline_styles=True, code_format='<pre style="line-height:1.2">{code}</pre>')


def table(*columns: str, title: str | None = None, right: tuple[str, ...] = ()) -> Any:
    """An empty table in the house's style; the columns named in `right` are numbers. Cells are taken as they are."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    class PlainTable(Table):
        def add_row(self, *cells: Any, **style: Any) -> None:
            super().add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells), **style)

    made = PlainTable(title=title, title_justify="left", box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


class Shown:
    """A snapshot that renders itself by `__rich__`: the same model as text and as HTML."""

    def __rich__(self) -> Any:
        raise NotImplementedError

    def __str__(self) -> str:
        return to_text(self)

    def _repr_html_(self) -> str:
        return to_html(self)
