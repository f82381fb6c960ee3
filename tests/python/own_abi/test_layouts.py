# SPDX-License-Identifier: GPL-2.0-only
"""Programs at the edges of where an ABI of our own may put things."""

import pytest
from tests.python.own_abi.abis import Larger, run

import vmlab

BODY = """
char memory[3 * 4096];
int main(int argc, char **argv) {
    char *more = (char *)map(0, 8192, 1);
    int child = fork();
    memory[4097] += 3;
    more[5000] = 7;
    if (child == 0) exit(memory[4097] + more[5000]);
    int status = 0;
    wait(&status);
    say("%d %d %s\\n", status, argc, argv[1]);
    return sbrk(4096) == -12; }"""


@pytest.mark.parametrize(
    ("kernel_window", "program_start", "stack_size", "stack_top", "lowest"),
    [
        (0x00400000, 0x1000, 0x4000, None, 0x1000),
        (0x00400000, 0, 0x1000, 0x003FE000, 0),
        (0x40000000, 0x08048000, "1 MiB", None, 0x1000),
        (0x80000000, 0x1000, 0x2000, 0x7FFF0000, 0x1000),
        (0xFC000000, 0xF0000000, "1 MiB", None, 0),
        (0xFFC00000, 0x10000000, "64 MiB", 0xE0000000, 0x100000),
    ],
)
def test_a_family_anywhere(
    kernel_window: int, program_start: int, stack_size: int | str, stack_top: int | None, lowest: int
) -> None:
    places = {"kernel_window": kernel_window, "program_start": program_start, "lowest": lowest, "ram": "1 MiB"}
    placed = type("Placed", (Larger,), {"name": "placed", "stack_size": stack_size, "stack_top": stack_top, **places})
    done = run(placed, BODY, "word")
    assert (done.console, done.exit_status) == ("10 2 word\n", 0)


def test_a_segment_where_nothing_may_be_mapped() -> None:
    placed = type("Placed", (Larger,), {"name": "placed", "lowest": 0x08048000})
    program_below = type("Placed", (Larger,), {"name": "placed", "program_start": 0x1000})
    assert run(placed, BODY, "word").exit_status == 0

    program = vmlab.c("int main(void) { return 0; }").compile(program_below)
    with vmlab.Lab(abi=placed) as lab:
        with pytest.raises(ValueError, match="lies too low: user addresses go from 0x08048000"):
            lab.spawn(program)
        lab.check()
