# SPDX-License-Identifier: GPL-2.0-only
"""Address spaces drawn as the lectures draw them."""

import pickle
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vmlab
from vmlab.address import Address
from vmlab.address_plan import END, PLANS
from vmlab.views.layout import FEWEST_BANDS, Layout
from vmlab.views.layout_svg import LABEL
from vmlab.views.maps import MapEntry, Maps

SVG = "{http://www.w3.org/2000/svg}"


def entry(start: int, pages: int, kind: str, name: str = "", resident: int = 0) -> MapEntry:
    return MapEntry(Address(start), start + 4096 * pages, 3, False, kind, name, 1, 0, resident)


SMALL = Maps((entry(0x08048000, 2, "file", "/bin/story", 1), entry(0x0804A000, 4, "heap", "[heap]", 4)))
# Lecture 004 "Adding More Stuff": three stacks, and mapped files up to the 117th.
MANY = Maps(
    (
        entry(0x08048000, 20, "file", "/bin/big", 11),
        entry(0x0805F000, 200, "heap", "[heap]", 57),
        *(entry(0x40000000 + (i << 20), 1 + i % 7, "file", f"mapped file {i + 1}", i % 2) for i in range(117)),
        *(entry(0xAE000000 + (i << 24), 16, "stack", f"[stack {i + 1}]", 2) for i in range(3)),
    )
)


def test_a_small_program_is_drawn_box_by_box() -> None:
    assert str(vmlab.layout("linux", SMALL, end=0x08050000)).splitlines() == [
        "Linux, 3G/1G",
        "08050000 ┌────────────────────────────────────────────────┐",
        "         │ unused                                         │  8 KiB",
        "0804e000 ├────────────────────────────────────────────────┤",
        "         │ [heap]                                    rw-p │  16 KiB, 4 of 4 pages in memory",
        "0804a000 ├────────────────────────────────────────────────┤",
        "         │ /bin/story                                rw-p │  8 KiB, 1 of 2 pages in memory",
        "08048000 ├────────────────────────────────────────────────┤",
        "         │ unused                                         │  128.2 MiB",
        "00010000 ├────────────────────────────────────────────────┤",
        "         │ not to be mapped                               │  64 KiB",
        "00000000 └────────────────────────────────────────────────┘",
    ]


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_is_a_picture_without_gaps(plan: str) -> None:
    picture = vmlab.layout(plan)
    assert picture.bands[0].start == 0
    assert picture.bands[-1].end == END
    assert all(low.end == high.start for low, high in pairwise(picture.bands))
    assert str(picture).splitlines()[0] == PLANS[plan].title
    for address, name in PLANS[plan].marks:
        assert f"{address:08x} {name}" in str(picture)


def test_where_each_system_has_its_kernel() -> None:
    kernels = {plan: vmlab.layout(plan)[0xFFFFFFFF] for plan in PLANS}
    assert {plan: f"{kernel.start:08x}" for plan, kernel in kernels.items()} == {
        "linux": "c0000000",
        "xv6": "fe000000",
        "jos": "f0000000",
        "pintos": "c0000000",
        "windows": "80000000",
        "windows-3g": "c0000000",
        "4.4bsd": "fe000000",
    }
    assert vmlab.layout("xv6")[0x80000000].what == "I/O space, 1:1"
    assert vmlab.layout("jos")[0xEF400000].kind == "shown"


def test_117_files_and_three_stacks_fit_on_a_page() -> None:
    picture = vmlab.layout("linux", MANY)
    names = [band.what for band in picture]
    assert len(picture) <= 40
    assert {"mapped file 1", "mapped file 2", "mapped file 116", "mapped file 117"} <= set(names)
    assert {"[stack 1]", "[stack 2]", "[stack 3]", "[heap]", "/bin/big"} <= set(names)
    assert "113 more: mapped file 3 to mapped file 115" in names
    assert sum(band.mappings for band in picture) == len(MANY)
    assert sum(band.resident_pages for band in picture) == sum(each.resident_pages for each in MANY)
    everything = vmlab.layout("linux", MANY, bands=None)
    assert sum(band.what.startswith("mapped file") for band in everything) == 117


def test_to_scale_each_line_is_an_equal_share() -> None:
    picture = vmlab.layout("linux", MANY, to_scale=True, lines=64)
    lines = str(picture).splitlines()
    assert len(lines) == 64 + 3
    assert lines[1].endswith("each line is 64 MiB")
    kernel = next(index for index, line in enumerate(lines) if "kernel" in line)
    below = next(index for index, line in enumerate(lines) if line.startswith("c0000000 PAGE_OFFSET"))
    assert below - kernel == 16  # a quarter
    stacks = [line.split("│")[1].strip() for line in lines if "[stack" in line]
    assert stacks == ["[stack 3]", "[stack 2], [stack 1]"]  # 16 MiB apart: two lie in one share


def test_a_part_shows_what_the_whole_to_scale_cannot() -> None:
    part = vmlab.layout("linux", SMALL, to_scale=True, lines=6, start=0x08048000, end=0x0804E000)
    assert [band.what for band in part] == ["/bin/story", "[heap]"]
    assert [line.split("│")[1].strip() for line in str(part).splitlines()[2:-1]] == [
        "[heap]",
        "",
        "",
        "",
        "/bin/story",
        "",
    ]
    cut = vmlab.layout("linux", SMALL, start=0x08049000, end=0x08050000)
    assert next((band.start, band.end) for band in cut) == (0x08048000, 0x0804A000)  # a mapping is not cut
    assert cut.bands[-1].end == 0x08050000


@pytest.mark.parametrize("to_scale", [False, True])
@pytest.mark.parametrize("plan", ["linux", "jos"])
def test_the_svg_names_every_band_once_and_apart(plan: str, to_scale: bool) -> None:
    picture = vmlab.layout(plan, MANY if plan == "linux" else None, to_scale=to_scale)
    assert picture._repr_html_() == picture.to_svg()
    root = ElementTree.fromstring(picture.to_svg())
    boxes = root.findall(f"{SVG}rect")
    assert len(boxes) == len(picture)
    tips = [box.findtext(f"{SVG}title") for box in boxes]
    assert all(band.what in str(tip) for band, tip in zip(picture.bands[::-1], tips, strict=True))
    texts = root.findall(f"{SVG}text")
    for anchor in ("start", "end"):
        places = [float(text.attrib["y"]) for text in texts[1:] if text.attrib["text-anchor"] == anchor]
        assert all(below - above >= LABEL - 0.01 for above, below in pairwise(places))
        assert max(places) < float(root.attrib["height"])
    if to_scale:
        heights = [float(box.attrib["height"]) for box in boxes]
        sizes = [band.size for band in picture.bands[::-1]]
        assert all(abs(height - 760 * size / END) < 0.02 for height, size in zip(heights, sizes, strict=True))


def test_names_of_files_are_text_and_no_markup() -> None:
    picture = vmlab.layout("linux", Maps((entry(0x08048000, 1, "file", "/bin/<b>&[red]x"),)))
    assert "/bin/<b>&[red]x" in str(picture)
    texts = ElementTree.fromstring(picture.to_svg()).findall(f"{SVG}text")
    assert any("/bin/<b>&[red]x" in str(text.text) for text in texts)


@pytest.mark.parametrize(
    ("plan", "options", "says"),
    [
        ("vms", {}, "there is no address plan 'vms': choose one of linux, xv6, jos"),
        ("linux", {"bands": FEWEST_BANDS - 1}, "too few for a picture"),
        ("linux", {"lines": 3}, "give 4 to 4096"),
        ("linux", {"start": 8192, "end": 8192}, "give a start below an end"),
        ("linux", {"start": -1}, "give a start below an end"),
        ("linux", {"end": END + 1}, "give a start below an end"),
        ("xv6", {"maps": Maps((entry(0xBFFDF000, 33, "stack", "[stack]"),))}, r"\[stack\] at bffdf000 lies where xv6"),
    ],
)
def test_what_cannot_be_drawn_is_said(plan: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        vmlab.layout(plan, **options)
    with pytest.raises(IndexError):
        vmlab.layout("linux")[END]


def test_a_process_is_drawn_by_its_own_abi_or_another_plan() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(vmlab.touch(["w0", "r1"]))
        lab.run()
        picture = process.layout()
        with pytest.raises(ValueError, match="lies where Windows, 2G/2G has its system"):
            process.layout("windows")
        assert process.layout("windows-3g").plan.name == "windows-3g"
    assert picture.plan.name == "linux"
    assert picture == pickle.loads(pickle.dumps(picture))
    assert "[stack]" in str(picture)


KINDS = st.sampled_from(["file", "anonymous", "heap", "stack"])


@given(st.lists(st.tuples(st.integers(0x10, 0xBFFF0), st.integers(1, 64), KINDS), max_size=60), st.integers(12, 60))
def test_folding_loses_no_mapping_and_no_address(areas: list[tuple[int, int, str]], most: int) -> None:
    entries, at = [], 0
    for page, pages, kind in sorted(areas):
        first = max(page, at)
        if first + pages < 0xC0000:
            entries.append(entry(first << 12, pages, kind, f"{kind} {first:x}", pages // 2))
            at = first + pages
    picture: Layout = vmlab.layout("linux", Maps(tuple(entries)), bands=most)
    assert sum(band.mappings for band in picture) == len(entries)
    assert sum(band.pages for band in picture) == sum(each.pages for each in entries)
    assert sum(band.resident_pages for band in picture) == sum(each.resident_pages for each in entries)
    assert all(low.end == high.start for low, high in pairwise(picture.bands))
    assert (picture.bands[0].start, picture.bands[-1].end) == (0, END)
    assert str(picture)
    ElementTree.fromstring(picture.to_svg())
