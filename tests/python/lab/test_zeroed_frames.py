# SPDX-License-Identifier: GPL-2.0-only
"""Frames filled with zeros ahead of the faults that want them."""

import vmlab


def test_faults_find_frames_zeroed_ahead() -> None:
    references = [f"w{page}" for page in range(10)]
    counters = {}
    for ahead in (0, 4):
        with vmlab.Lab(ram="1 MiB", zero_ahead=ahead) as lab:
            process = lab.spawn(vmlab.touch(references))
            lab.run(until=vmlab.event("fault_resolved", result="zero_fill"))
            lab.run(until=vmlab.event("fault_resolved", result="zero_fill"))
            assert lab.frames.by_use.get("zeroed", 0) == lab.frames.zeroed
            assert (lab.frames.zeroed > 0) == (ahead > 0)
            lab.check()
            lab.run()
            assert process.exit_status == 0
            assert process.counters["zero_fill"] == 10
            counters[ahead] = lab.counters
            zeroing = [event for event in lab.events if event.name == "work_done"]
            assert {event.worker for event in zeroing} <= {"zero_page_thread"}
            assert sum(event.pages for event in zeroing) == lab.counters["pages_zeroed_ahead"]
            assert lab.workers["zero_page_thread"] == (len(zeroing), lab.counters["pages_zeroed_ahead"])
            lab.check()
    assert counters[0]["pages_zeroed_ahead"] == 0
    # The first faults come before the thread has run, and those of the loader.
    assert counters[0]["pages_zeroed"] - counters[4]["pages_zeroed"] >= 9
    assert counters[4]["pages_zeroed_ahead"] >= 9
