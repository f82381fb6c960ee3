# SPDX-License-Identifier: GPL-2.0-only
"""Calls by chance with arguments that are often wrong: whatever becomes of the processes, the kernel stays whole."""

from pathlib import Path
from typing import Any

import pytest
from tests.python.pintos.machine import FILES, HERE
from tests.python.running import stays_whole

import vmlab

GUEST = vmlab.c(HERE / "random_calls.c").compile("pintos")
LABS: tuple[dict[str, Any], ...] = (
    {},
    {"frames": 20},
    {"frames": 24, "swap_disk": "ssd", "file_disk": "ssd"},
    {"frames": 16, "swap": 0},
    {"profile": "windows"},
)


@pytest.mark.parametrize("seed", range(40))
def test_the_kernel_stays_whole(seed: int, tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    with vmlab.Lab(abi="pintos", root=tmp_path, **LABS[seed % len(LABS)]) as lab:
        lab.spawn(GUEST, args=[str(seed), "300"])
        if stays_whole(lab, budget=2_000_000):
            assert lab.console.endswith(b"Powering off...\n")
