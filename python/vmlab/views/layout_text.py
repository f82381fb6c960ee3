# SPDX-License-Identifier: GPL-2.0-only
"""A Layout in a terminal: a box for each band, or a line for each equal part of the addresses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from vmlab.sizes import size_in_words

if TYPE_CHECKING:
    from vmlab.views.layout import Band, Layout

STYLES = {
    "file": "green",
    "anonymous": "cyan",
    "heap": "yellow",
    "stack": "magenta",
    "folded": "green dim",
    "kernel": "red",
    "shown": "blue",
    "reserved": "dim",
    "unused": "dim",
}
BOX = 48  # columns between the sides
MOST_NAMES = 3  # on one line of a picture to scale


def draw(picture: Layout) -> Any:
    """As a rich renderable."""
    from rich.console import Group
    from rich.text import Text

    drawn = list(_to_scale(picture) if picture.to_scale else _boxes(picture))
    margin = max(len(label) for label, _, _, _ in drawn)
    lines = [Text(picture.plan.title, style="bold")]
    for label, inside, note, style in drawn:
        line = Text(f"{label:>{margin}} ")
        line.append(inside, style=style)
        line.append(f"  {note}" if note else "")
        line.no_wrap = True
        line.overflow = "fold"
        lines.append(line)
    return Group(*lines)


def _fitted(text: str, width: int) -> str:
    return f"{text:<{width}}" if len(text) <= width else text[: width - 1] + "…"


def _inside(band: Band) -> str:
    name = _fitted(band.what, BOX - len(band.rights) - 3)
    return f"│ {name} {band.rights} │"


def _boxes(picture: Layout) -> Iterator[tuple[str, str, str, str]]:
    """Lines from the top down: what stands left of the box, in it, right of it, and its style."""
    bands = picture.bands[::-1]
    edge = "─" * BOX
    yield picture.label_of(bands[0].end), f"┌{edge}┐", "", ""
    for band in bands:
        yield "", _inside(band), band.note, STYLES[band.kind]
        last = band is bands[-1]
        yield picture.label_of(band.start), f"└{edge}┘" if last else f"├{edge}┤", "", ""


def _to_scale(picture: Layout) -> Iterator[tuple[str, str, str, str]]:
    """Each line stands for an equal share; equal lines that follow one another are one area."""
    low, high = picture.bands[0].start, picture.bands[-1].end
    edges = [high - (high - low) * line // picture.lines for line in range(picture.lines + 1)]
    shares = [
        (top, tuple(band for band in picture.bands if band.start < top and bottom < band.end))
        for top, bottom in pairwise(edges)
    ]
    edge = "─" * BOX
    yield picture.label_of(high), f"┌{edge}┐", f"each line is {size_in_words((high - low) // picture.lines)}", ""
    for there, area in groupby(shares, key=lambda share: share[1]):
        tops = [top for top, _ in area]
        mapped = [band for band in there if band.is_mapped] or [max(there, key=lambda band: band.size)]
        names = ", ".join(band.what for band in mapped[::-1][:MOST_NAMES])
        more = len(mapped) - MOST_NAMES
        text = names + (f" and {more} more" if more > 0 else "")
        note = mapped[0].note if len(mapped) == 1 else f"{len(mapped)} mappings"
        for index, top in enumerate(tops):
            first = index == 0
            label = picture.label_of(top) if first and top != high else ""
            yield label, f"│ {_fitted(text if first else '', BOX - 2)} │", note if first else "", STYLES[mapped[0].kind]
    yield picture.label_of(low), f"└{edge}┘", "", ""
