# SPDX-License-Identifier: GPL-2.0-only
"""A Layout as SVG: a column of bands, addresses to the left, names to the right with a line to each."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from vmlab.views.layout import Band, Layout

FILLS = {
    "file": "#b7e1b0",
    "anonymous": "#b5dff0",
    "heap": "#f7e3a1",
    "stack": "#e6c3ea",
    "folded": "#d9eed5",
    "kernel": "#f2b8b5",
    "shown": "#c5d1f7",
    "reserved": "#d9d9d9",
    "unused": "#ffffff",
}
LEFT, COLUMN, GAP, RIGHT = 290, 150, 40, 520  # pixels: addresses, bands, leader lines, names
ROW = 26  # of a band when none is to scale
LABEL = 15  # what a line of text needs
SCALE_HEIGHT = 760
TOP = 34


def draw(picture: Layout) -> str:
    """One <svg> element."""
    bands = picture.bands[::-1]
    edges = _edges(picture, bands)
    middles = [(above + below) / 2 for above, below in pairwise(edges)]
    names = _spread(middles, LABEL)
    addresses = _spread(edges, LABEL)
    bottom = max(names[-1], addresses[-1]) + LABEL
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(LEFT + COLUMN + GAP + RIGHT),
            "height": f"{bottom:.0f}",
            "font-family": "sans-serif",
            "font-size": "12",
            "role": "img",
        },
    )
    SubElement(svg, "title").text = f"{picture.plan.title}: the address space"
    _text(svg, LEFT, 18, picture.plan.title, weight="bold")
    for band, above, below, middle, name in zip(bands, edges, edges[1:], middles, names, strict=False):
        _band(svg, band, above, below)
        _leader(svg, LEFT + COLUMN, middle, LEFT + COLUMN + GAP - 4, name)
        words = f"{band.what} {band.rights}".rstrip()
        _text(svg, LEFT + COLUMN + GAP, name + 4, f"{words} ({band.note})")
    for address, edge, place in zip([bands[0].end, *(band.start for band in bands)], edges, addresses, strict=True):
        _leader(svg, LEFT - 16, place, LEFT, edge)
        _text(svg, LEFT - 20, place + 4, picture.label_of(address), anchor="end", family="monospace")
    return tostring(svg, encoding="unicode")


def _edges(picture: Layout, bands: tuple[Band, ...]) -> list[float]:
    """Where bands begin, from the top of the first to the bottom of the last."""
    if not picture.to_scale:
        return [TOP + ROW * index for index in range(len(bands) + 1)]
    high, size = bands[0].end, bands[0].end - bands[-1].start
    return [TOP, *(TOP + SCALE_HEIGHT * (high - band.start) / size for band in bands)]


def _spread(wanted: list[float], distance: float) -> list[float]:
    """Places near those wanted, in their order, each at least so far below the one before."""
    places: list[float] = []
    for place in wanted:
        places.append(place if not places else max(place, places[-1] + distance))
    return places


def _band(svg: Element, band: Band, above: float, below: float) -> None:
    box = SubElement(
        svg,
        "rect",
        {
            "x": str(LEFT),
            "y": f"{above:.2f}",
            "width": str(COLUMN),
            "height": f"{below - above:.2f}",
            "fill": FILLS[band.kind],
            "stroke": "#444444",
            "stroke-width": "0.5",
        },
    )
    SubElement(box, "title").text = f"{band.start:08x}-{band.end:08x} {band.rights} {band.what}: {band.note}"


def _leader(svg: Element, x1: float, y1: float, x2: float, y2: float) -> None:
    places = {"x1": f"{x1:.2f}", "y1": f"{y1:.2f}", "x2": f"{x2:.2f}", "y2": f"{y2:.2f}"}
    SubElement(svg, "line", places | {"stroke": "#999999", "stroke-width": "0.6"})


def _text(
    svg: Element, x: float, y: float, words: str, anchor: str = "start", weight: str = "normal", family: str = ""
) -> None:
    place = {"x": f"{x:.2f}", "y": f"{y:.2f}", "text-anchor": anchor, "font-weight": weight}
    if family:
        place["font-family"] = family
    SubElement(svg, "text", place).text = words
