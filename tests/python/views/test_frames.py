# SPDX-License-Identifier: GPL-2.0-only
"""Frames by use."""

from vmlab.address import Address
from vmlab.views.frames import Frames

FRAMES = Frames(("descriptors", "page", "page", "free"), {1: ((3, Address(0x1000)), (4, Address(0x1000)))})


def test_counts() -> None:
    assert (FRAMES.total, FRAMES.free, FRAMES.used) == (4, 1, 3)
    assert FRAMES.by_use == {"descriptors": 1, "page": 2, "free": 1}


def test_zeroed_frames_are_free() -> None:
    frames = Frames(("page", "zeroed", "free", "zeroed"), {})
    assert (frames.free, frames.zeroed, frames.used) == (3, 2, 1)


def test_frames_by_number() -> None:
    assert str(FRAMES[1]) == "frame 1: page, shown at 0x00001000 of process 3, 0x00001000 of process 4"
    assert [frame.use for frame in FRAMES[2:]] == ["page", "free"]
    assert [frame.number for frame in FRAMES] == [0, 1, 2, 3]
    assert "descriptors" in str(FRAMES)
