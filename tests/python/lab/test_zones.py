# SPDX-License-Identifier: GPL-2.0-only
"""RAM in zones: where frames come from, and which zone the pageout daemon turns to."""

import pytest
from tests.python.lab.queue_policy import Queue

import vmlab


def test_a_guest_fills_the_upper_zone_first() -> None:
    references = [f"w{page}" for page in range(150)]
    options = {"dma_frames": 64, "low_watermark": 32, "high_watermark": 48}
    with vmlab.Lab(ram="1 MiB", swap="1 MiB", **options) as lab:  # type: ignore[arg-type]
        process = lab.spawn(vmlab.touch(references))
        dma, normal = lab.zones
        assert (dma.name, dma.frames, dma.low, dma.high) == ("dma", range(64), 8, 12)
        assert (normal.name, normal.frames, normal.low, normal.high) == ("normal", range(64, 256), 24, 36)
        event = lab.run(until="zone_balance").event
        assert event is not None
        assert event.zone == "normal"
        assert event.available < normal.low
        assert not [event for event in lab.events if event.name == "zone_fallback" and event.zone == "normal"]
        lab.check()
        lab.run()
        assert process.exit_status == 0
        zones = lab.zones
        assert zones.named("normal").evicted == lab.workers["pageout_daemon"].pages == lab.counters["pages_evicted"]
        assert sum(zone.free for zone in zones) == lab.frames.free
        assert "normal" in str(zones)
        assert "pageout daemon" in str(lab.workers)
        lab.check()
    with pytest.raises(ValueError, match="there are dma, normal"):
        zones.named("high")


def test_one_zone_unless_it_is_asked_for() -> None:
    with vmlab.Lab(ram="256 KiB") as lab:
        (zone,) = lab.zones
        assert (zone.name, zone.frames) == ("normal", range(64))


def test_each_zone_has_a_policy_of_its_own() -> None:
    references = [f"w{page}" for page in range(150)] * 2
    with vmlab.Lab(ram="512 KiB", swap="1 MiB", dma_frames=32, replacement=Queue) as lab:
        process = lab.spawn(vmlab.touch(references))
        lab.run()
        assert process.exit_status == 0
        lab.check()
        assert all(zone.evicted > 0 for zone in lab.zones)
    with pytest.raises(ValueError, match="give the class"):
        vmlab.Lab(ram="512 KiB", dma_frames=32, replacement=Queue())
