# SPDX-License-Identifier: GPL-2.0-only
"""An address space as the lectures draw it: a column of 4 GiB, for a terminal and, as SVG, for a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from vmlab.address import PAGE_SIZE
from vmlab.address_plan import END, AddressPlan, plan_named
from vmlab.sizes import size_in_words
from vmlab.views.maps import MapEntry, Maps
from vmlab.views.render import to_text

__all__ = ["Band", "Layout", "layout"]

FEWEST_BANDS = 12
KEPT_OF_A_RUN = 2  # mappings that stay at either end of a run that is folded


@dataclass(frozen=True)
class Band:
    """What lies in one range of addresses: a mapping, several folded into one, a part of the kernel's, or nothing."""

    start: int
    end: int  # one past the last address; 2**32 is possible
    what: str
    kind: str  # a mapping's kind, or "kernel", "shown", "reserved", "unused", "folded"
    rights: str = ""
    resident_pages: int = 0
    pages: int = 0  # mapped ones; in a folded band there are gaps between
    mappings: int = 0

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start

    @property
    def is_mapped(self) -> bool:
        return self.mappings > 0

    @property
    def note(self) -> str:
        """Its size, and of mapped memory how much is there."""
        if not self.is_mapped:
            return size_in_words(self.size)
        return f"{size_in_words(self.pages * PAGE_SIZE)}, {self.resident_pages} of {self.pages} pages in memory"


@dataclass(frozen=True)
class Layout:
    """From the lowest address up, without a gap between the bands: all 4 GiB, or the part that was asked for.

    Drawn with the highest address on top, as the lectures do; each band as high as the next, or to scale. Lecture 001
    draws xv6 so, 002 the heap and its breakpoint, 004 mapped files and stacks, and both layouts of Windows.
    """

    plan: AddressPlan
    bands: tuple[Band, ...]
    to_scale: bool = False
    lines: int = 48  # of a picture to scale in a terminal
    taken_at: int = field(default=0, compare=False)

    def __iter__(self) -> Iterator[Band]:
        return iter(self.bands)

    def __len__(self) -> int:
        return len(self.bands)

    def __getitem__(self, address: int) -> Band:
        """The band at an address; IndexError beyond 32 bits."""
        for band in self.bands:
            if band.start <= address < band.end:
                return band
        raise IndexError(f"{address:#x} is no 32-bit address of this picture")

    def label_of(self, address: int) -> str:
        """The address in hex, with the name that the system's sources give it."""
        name = self.plan.name_of(address)
        return f"{address:08x}" + (f" {name}" if name else "")

    def __rich__(self) -> Any:
        from vmlab.views.layout_text import draw

        return draw(self)

    def __str__(self) -> str:
        return to_text(self)

    def to_svg(self) -> str:
        """The picture as one <svg> element, for a file or a page."""
        from vmlab.views.layout_svg import draw

        return draw(self)

    def _repr_html_(self) -> str:
        return self.to_svg()


def _mapped(entry: MapEntry) -> Band:
    return Band(
        start=int(entry.start),
        end=entry.end,
        what=entry.name or entry.kind,
        kind=entry.kind,
        rights=entry.rights,
        resident_pages=entry.resident_pages,
        pages=entry.pages,
        mappings=1,
    )


def _unused(start: int, end: int, plan: AddressPlan) -> Iterator[Band]:
    """Cut where the system has a name for an address."""
    edges = [start, *(place for place, _ in plan.marks if start < place < end), end]
    return (Band(first, last, "unused", "unused") for first, last in pairwise(edges))


def _between(start: int, end: int, plan: AddressPlan) -> Iterator[Band]:
    """What the plan says of a range in which nothing is mapped."""
    for region in plan.regions:
        first, last = max(region.start, start), min(region.end, end)
        if first >= last:
            continue
        if start < first:
            yield from _unused(start, first, plan)
        yield Band(first, last, region.name, region.kind)
        start = last
    if start < end:
        yield from _unused(start, end, plan)


def _bands(plan: AddressPlan, maps: Iterable[MapEntry]) -> Iterator[Band]:
    at = 0
    for entry in maps:
        yield from _between(at, int(entry.start), plan)
        yield _mapped(entry)
        at = entry.end
    yield from _between(at, END, plan)


def _runs(bands: list[Band]) -> Iterator[tuple[int, int]]:
    """Where mappings of one kind follow one another, gaps between them included: first and one past the last."""
    first: int | None = None
    last = 0
    for index, band in enumerate(bands):
        if band.kind == "unused":
            continue
        if first is not None and band.is_mapped and band.kind == bands[first].kind:
            last = index
            continue
        if first is not None:
            yield first, last + 1
        first, last = (index, index) if band.is_mapped else (None, index)
    if first is not None:
        yield first, last + 1


def _folded(run: list[Band]) -> list[Band]:
    """A run with all but its ends as one band; the run itself when that would spare nothing."""
    places = [index for index, band in enumerate(run) if band.is_mapped]
    if len(places) <= 2 * KEPT_OF_A_RUN + 1:
        return run
    first, last = places[KEPT_OF_A_RUN], places[-KEPT_OF_A_RUN - 1]
    hidden = [band for band in run[first : last + 1] if band.is_mapped]
    middle = Band(
        hidden[0].start,
        hidden[-1].end,
        f"{sum(band.mappings for band in hidden)} more: {hidden[0].what} to {hidden[-1].what}",
        "folded",
        resident_pages=sum(band.resident_pages for band in hidden),
        pages=sum(band.pages for band in hidden),
        mappings=sum(band.mappings for band in hidden),
    )
    return [*run[:first], middle, *run[last + 1 :]]


def _fold(bands: list[Band], most: int) -> list[Band]:
    """Folds the longest runs first, until no more than `most` bands are left or nothing can be folded."""
    while len(bands) > most:
        first, end = max(_runs(bands), key=lambda run: run[1] - run[0], default=(0, 0))
        folded = _folded(bands[first:end])
        if len(folded) == end - first:
            break
        bands = [*bands[:first], *folded, *bands[end:]]
    return bands


def _part(bands: list[Band], start: int, end: int) -> list[Band]:
    """Those that the range reaches into; only where nothing is mapped is one cut."""
    parts = (band for band in bands if band.start < end and start < band.end)
    return [
        band if band.is_mapped else replace(band, start=max(band.start, start), end=min(band.end, end))
        for band in parts
    ]


def layout(
    plan: str | AddressPlan,
    maps: Maps | None = None,
    *,
    to_scale: bool = False,
    lines: int = 48,
    bands: int | None = 40,
    start: int = 0,
    end: int = END,
) -> Layout:
    """How a system divides 4 GiB of addresses, with nothing mapped or with what `maps` says.

    plan: "linux", "xv6", "jos", "pintos", "windows", "windows-3g" or "4.4bsd".
    to_scale: whether a range is drawn as high as it is large; in a terminal on this many lines.
    bands: when there are more, runs of mappings of one kind are folded; None: never.
    start, end: what part to draw, in bytes; a mapping is drawn whole.
    ValueError: something is mapped where this plan has the kernel, or a number is out of range.

    >>> [band.what for band in layout("pintos")]
    ['unused', 'kernel: physical memory, 1:1']
    """
    drawn_by, mapped = plan if isinstance(plan, AddressPlan) else plan_named(plan), Maps(()) if maps is None else maps
    if bands is not None and bands < FEWEST_BANDS:
        raise ValueError(f"{bands} bands are too few for a picture: give {FEWEST_BANDS} or more, or None for all")
    if not 4 <= lines <= 4096:
        raise ValueError(f"a picture of {lines} lines cannot be drawn: give 4 to 4096")
    if not 0 <= start < end <= END:
        raise ValueError(f"{start:#x} to {end:#x} is no part of 4 GiB: give a start below an end, at most {END:#x}")
    for entry in mapped:
        kernel = drawn_by.kernel_at(entry.start, entry.end)
        if kernel is not None:
            raise ValueError(
                f"{entry.name or entry.kind} at {entry.start:08x} lies where {drawn_by.title} has its {kernel.name}: "
                "draw it by another plan"
            )
    found = _part(list(_bands(drawn_by, mapped)), start, end)
    return Layout(drawn_by, tuple(found if bands is None else _fold(found, bands)), to_scale, lines, mapped.taken_at)
