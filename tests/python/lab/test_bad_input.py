# SPDX-License-Identifier: GPL-2.0-only
"""Mistakes of the user: each a message that says what is wrong, and a lab that goes on."""

import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.python.tiny_elf import BSS, CODE, exit_with, program_header, store, tiny_elf

import vmlab

GOOD = tiny_elf(store(BSS), exit_with(0))


def patched(offset: int, data: bytes) -> bytes:
    return GOOD[:offset] + data + GOOD[offset + len(data) :]


BAD_PROGRAMS = {
    "empty": (b"", "ELF"),
    "no ELF": (b"echo hello\n", "ELF"),
    "no shell": (b"#!/bin/sh\necho hello\n", "needs the interpreter /bin/sh"),
    "64-bit": (patched(4, b"\x02"), "64"),
    "another machine": (patched(18, struct.pack("<H", 40)), "i386|machine"),
    "truncated header": (GOOD[:40], "truncated|short"),
    "truncated segment": (GOOD[:0x180], "truncated|end"),
    "in the kernel's part": (patched(52, program_header(0, 0xC0000000, 0x100, 0x100, 5)), "kernel"),
    "between two pages": (patched(84, program_header(0x10, CODE, 0x100, 0x100, 5)), "page size"),
}


@pytest.mark.parametrize(("elf", "message"), BAD_PROGRAMS.values(), ids=BAD_PROGRAMS)
def test_a_program_that_cannot_be_loaded(elf: bytes, message: str) -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        before = lab.frames.by_use
        with pytest.raises(ValueError, match=message):
            lab.spawn(elf)
        assert lab.frames.by_use == before
        lab.check()
        process = lab.spawn(GOOD)
        lab.run()
        assert process.exit_status == 0


def test_ram_too_small_for_the_program() -> None:
    with vmlab.Lab(ram="16 KiB") as lab:
        with pytest.raises(ValueError, match=r"(?i)ram|memory|frame"):
            lab.spawn(GOOD)
        lab.check()


def test_frames_that_run_out_kill_the_guest_not_the_lab() -> None:
    with vmlab.Lab(ram="1 MiB", frames=6) as lab:
        process = lab.spawn(tiny_elf(*(store(BSS + 0x1000 * page) for page in range(16)), bss=0x20000))
        lab.run()
        assert process.signal is not None
        assert process.faults[-1].result == "out_of_memory"
        lab.check()


@pytest.mark.parametrize("ram", ["lots", "12 parsecs", "", "-4 KiB", "1 GiB 2", 4095, 0, -4096, 1 << 40])
def test_a_ram_that_cannot_be(ram: object) -> None:
    with pytest.raises(ValueError, match=r"(?i)ram|size|KiB|bytes"):
        vmlab.Lab(ram=ram)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"abi": "vms"}, 'no abi "vms".*"linux"'),
        ({"frames": 0}, "how many frames"),
        ({"frames": "many"}, "how many frames"),
        ({"seed": -1}, "seed"),
    ],
)
def test_an_option_that_cannot_be(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        vmlab.Lab(**options)  # type: ignore[arg-type]


def test_spawn_takes_programs_only(tmp_path: Path) -> None:
    with vmlab.Lab() as lab:
        with pytest.raises(FileNotFoundError):
            lab.spawn(tmp_path / "nowhere")
        with pytest.raises(TypeError, match="program to run is"):
            lab.spawn(3)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="sequence of arguments"):
            lab.spawn(GOOD, args="one two")
        with pytest.raises(ValueError, match="NUL"):
            lab.spawn(GOOD, args=["a\0b"])


LOOP = """
import sys
import vmlab
from tests.python.tiny_elf import LOOP_FOR_EVER, tiny_elf
with vmlab.Lab() as lab:
    process = lab.spawn(tiny_elf(LOOP_FOR_EVER))
    print("running", flush=True)
    stop = lab.run()
    lab.check()
    print(stop.reason, process.alive, process.registers.eip == lab.events.faults[0].eip)
    print(lab.run(budget=1000).reason)
"""


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one process on Windows")
def test_ctrl_c_ends_a_run_and_the_lab_goes_on() -> None:
    root = Path(__file__).parents[3]
    child = subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True, cwd=root)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "running\n"
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 0
    assert output == "interrupted True True\nbudget\n"


@pytest.mark.parametrize("wrong", [5, None, ["ls\n"]])
def test_what_a_program_reads_is_text_or_bytes(wrong: object) -> None:
    with vmlab.Lab() as lab:
        with pytest.raises(TypeError, match="give text or bytes"):
            lab.type(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="give text or bytes"):
            lab.spawn(vmlab.Program("tiny", tiny_elf(exit_with(0))), stdin=wrong)  # type: ignore[arg-type]
        assert lab.processes == []
