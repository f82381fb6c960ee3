# SPDX-License-Identifier: GPL-2.0-only
"""Runs guests whose calls are made by chance, and looks whether the kernel stays whole."""

from __future__ import annotations

import vmlab


def stays_whole(lab: vmlab.Lab, budget: int, parts: int = 4) -> bool:
    """Runs and checks it so many times. True when all processes have ended, and then they have left nothing."""
    for _ in range(parts):
        lab.run(budget=budget)
        lab.check()
    states = [process.state for process in lab.processes]
    assert set(states) <= {"ready", "running", "blocked", "exited"}
    if set(states) != {"exited"}:
        return False
    counters = lab.counters
    assert (counters["resident_pages"], counters["table_frames"], counters["swap_used"]) == (0, 0, 0)
    return True
