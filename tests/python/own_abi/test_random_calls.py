# SPDX-License-Identifier: GPL-2.0-only
"""Calls by chance with arguments that are often wrong: whatever becomes of the processes, the kernel stays whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.python.own_abi.abis import HELPERS, Larger
from tests.python.replay.test_replay import assert_same
from tests.python.running import stays_whole

import vmlab

LABS: tuple[dict[str, Any], ...] = (
    {},
    {"ram": "512 KiB"},
    {"frames": 16, "swap": "256 KiB"},
    {"frames": 24, "swap": "256 KiB", "swap_disk": "ssd", "file_disk": "ssd"},
    {"profile": "xv6", "ram": "1 MiB"},
    {"fork": "eager", "overcommit": "never", "ram": "1 MiB"},
)
INTERESTING = (0, 1, 4095, 4096, 0x08048000, 0x08049000, 0x0804A000, 0x7FFFFFFF, 0x80000000, 0xBFDFF000, 0xBFFFFFF0)
EDGES = (0xC0000000, 0xFFFFF000, 0xFFFFFFFF)

# Reads number and arguments of each call from its own data, which the test puts there.
GUEST = vmlab.c(f"""
    #include <larger.h>
    {HELPERS}
    #define MOST 64
    volatile unsigned int calls[MOST][7] = {{{{1}}}};
    int main(void) {{
        for (int i = 0; i < MOST; i++) {{
            volatile unsigned int *call = calls[i];
            if (call[0] == 0) break;
            __asm__ volatile("pushl %%edi; pushl %%esi; pushl %%edx; pushl %%ecx; pushl %%ebx; pushl %%eax;"
                             "int $0x41; addl $24, %%esp"
                             : : "a"(call[0]), "b"(call[1]), "c"(call[2]), "d"(call[3]), "S"(call[4]), "D"(call[5])
                             : "memory");
        }}
        return 0; }}""")

words = st.one_of(st.sampled_from((*INTERESTING, *EDGES)), st.integers(0, (1 << 32) - 1), st.integers(0, 20))
numbers = st.one_of(st.integers(1, 15), st.sampled_from((16, 99, 0xFFFFFFFF)))
calls = st.lists(st.tuples(numbers, words, words, words, words, words), min_size=1, max_size=64)


@pytest.fixture(scope="module")
def guest() -> vmlab.Program:
    return GUEST.compile(Larger)


def place_of_calls(guest: vmlab.Program) -> int:
    """The data segment begins with them."""
    with vmlab.Lab(abi=Larger) as lab:
        process = lab.spawn(guest)
        return next(entry.start for entry in process.maps if entry.writable and entry.kind == "file")


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=calls, lab_number=st.integers(0, len(LABS) - 1))
def test_the_kernel_stays_whole(
    guest: vmlab.Program, script: list[tuple[int, ...]], lab_number: int, tmp_path: Path
) -> None:
    with vmlab.Lab(abi=Larger, **LABS[lab_number]) as lab:
        process = lab.spawn(guest)
        data = b"".join(word.to_bytes(4, "little") for call in script for word in (*call, 0))
        process.write(place_of_calls(guest), data.ljust(64 * 28, b"\0"))
        stays_whole(lab, budget=3000, parts=3)
        assert len(lab.events.syscalls) > 0
        assert_same(lab, tmp_path / "journal")
