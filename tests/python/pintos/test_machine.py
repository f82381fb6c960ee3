# SPDX-License-Identifier: GPL-2.0-only
"""The machine of the course's tests, where nobody asks for another; and what the log and the views say of it."""

from pathlib import Path

from tests.python.pintos.machine import HERE

import vmlab


def test_the_machine_of_the_course() -> None:
    with vmlab.Lab(abi="pintos") as lab:
        assert (lab.frames.total, lab.swap.total) == (1024, 1024)
        lab.spawn(HERE / "memory.c", args=["500"])
        lab.run()
        assert lab.counters.peak_frames == 367


def test_another_machine() -> None:
    with vmlab.Lab(abi="pintos", ram="8 MiB", swap=0) as lab:
        assert (lab.frames.total, lab.swap.total) == (2048, 0)
        lab.spawn(HERE / "memory.c", args=["500"])
        lab.run()
        assert lab.counters.peak_frames > 500
    with vmlab.Lab(abi="pintos", frames=50, swap="8 MiB") as lab:
        assert (lab.frames.total, lab.swap.total) == (1024, 2048)
        lab.spawn(HERE / "memory.c", args=["500"])
        lab.run()
        assert lab.counters.peak_frames == 50


def test_calls_are_in_the_log_by_name(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"word")
    with vmlab.Lab(abi="pintos", root=tmp_path) as lab:
        process = lab.spawn(HERE / "mappings.c", args=["unmapped"])
        lab.run()
        assert [call.name for call in process.events.syscalls] == ["open", "mmap", "munmap"]
        assert [call.result for call in process.events.syscalls] == [2, 0x10000, 0]
        assert [process.maps[at].kind for at in (0, -1)] == ["file", "stack"]


def test_it_boots_again(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"word")
    with vmlab.Lab(abi="pintos", root=tmp_path) as lab:
        for _ in range(2):
            lab.spawn(HERE / "arguments.c")
            lab.run()
        console = lab.console.decode()
        assert console.count("Pintos booting with 4,096 kB RAM...\nBoot complete.\nExecuting 'arguments':\n") == 2
        assert console.count("Powering off...\n") == 2
    with vmlab.Lab(abi="pintos", root=tmp_path) as lab:
        for _ in range(2):
            lab.spawn(HERE / "arguments.c")
        lab.run()
        assert lab.console.count(b"Executing") == 2
        assert lab.console.count(b"Pintos booting") == lab.console.count(b"Powering off") == 1
