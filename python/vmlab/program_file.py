# SPDX-License-Identifier: GPL-2.0-only
"""The file that a process's program came from, where the kernel keeps none open while it runs."""

from __future__ import annotations

import io
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vmlab.process import Process

__all__ = ["program_file"]


def program_file(process: Process) -> tuple[str, bytes] | None:
    """Path and content of the file of the process's name whose code it has in memory; None when there is none any more.

    A second program that is spawned under a name is stored as NAME.2: the one that is longest like memory is taken.
    """
    base = process.name.split(".")[0]
    found = [
        (file.path, file.read_bytes())
        for file in process._lab.files.files.values()
        if file.kind == "file" and file.path.rsplit("/", 1)[-1].split(".")[0] == base
    ]
    likeness, best = max(((_likeness(process, content), (path, content)) for path, content in found), default=(0, None))
    return best if likeness else None


def _likeness(process: Process, content: bytes) -> int:
    """How many bytes from the program's entry on are in memory as they are in the file."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        file = ELFFile(io.BytesIO(content))
        entry = file["e_entry"]
        for segment in file.iter_segments():
            into = entry - segment["p_vaddr"]
            if segment["p_type"] == "PT_LOAD" and 0 <= into < segment["p_filesz"]:
                code = segment.data()[into:]
                there = process.read(entry, len(code))
                return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(code, there, strict=True)))
    except (ELFError, ValueError):  # no program, or one that lies elsewhere
        return 0
    return 0
