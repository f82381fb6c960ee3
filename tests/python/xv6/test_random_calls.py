# SPDX-License-Identifier: GPL-2.0-only
"""Calls by chance with arguments that are rarely right: whatever becomes of the processes, the kernel stays whole."""

from typing import Any

import pytest
from tests.python.running import stays_whole
from tests.python.xv6.running import guest

import vmlab

BEFORE = r"""
static unsigned seed;
static unsigned chance(unsigned below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}
static unsigned value(void) {
    static char names[][20] = {"a", "b", "d", "d/x", "d/y", "/", "..", ".", "d/..", "console", "a_long_name_of_many",
                               "", "nosuch/x", "guest"};
    switch (chance(14)) {
        case 0: return 0;
        case 1: return chance(20);
        case 2: return (unsigned)sbrk(0) - chance(9000);
        case 3: return 0x7ffff000 + chance(8192);
        case 4: return 0u - chance(9000);
        case 5: return chance(0x7fffffff) * 2;
        case 6: return 0x200 | chance(4);
        case 7: return (unsigned)&seed;
        case 8: return chance(100000);
        case 9: return 0u - chance(3);
        default: return (unsigned)names[chance(14)];
    }
}
"""
BODY = r"""
    seed = atoi(argv[1]);
    static const int calls[] = {1,  3,  4,  5,  7,  8,  9,  10, 11, 12, 14, 15, 16,
                                17, 18, 19, 20, 21, 22, 23, 15, 16, 5,  99, 0};
    for (int i = 0, children = 0; i < 1500; i++) {
        int call = calls[chance(sizeof calls / sizeof *calls)];
        if (call == 1) {
            if (children < 20 && fork() == 0) { seed += i * 77; children = 20; } else children++;
        } else if (call == 7 && chance(8) != 0) {
            continue;
        } else if (call == 12) {
            sbrk((int)chance(40000) - 15000);
        } else {
            syscall(call, value(), value(), value(), value(), value(), value());
        }
    }
"""
GUEST = guest(BODY, before=BEFORE)
LABS: tuple[dict[str, Any], ...] = (
    {},
    {"profile": "xv6-lazy"},
    {"fork": "cow"},
    {"image": "demand", "fork": "cow", "heap": "lazy"},
    {"profile": "linux", "swap": "256 KiB", "frames": 40},
    {"ram": "1 MiB", "profile": "xv6-lazy"},
    {"ram": "600 KiB"},
)


@pytest.mark.parametrize("seed", range(1, 29))
def test_the_kernel_stays_whole(seed: int) -> None:
    with vmlab.Lab(abi="xv6", **LABS[seed % len(LABS)]) as lab:
        lab.spawn(GUEST, args=[str(seed)])
        stays_whole(lab, budget=5_000_000)
