# SPDX-License-Identifier: GPL-2.0-only
"""Lecture 000's sums: many processes need one copy of the text, and a program may be twice as large as RAM."""

import pytest

import vmlab

TEXT_START = 0x08048000
# 64 pages of constants, all of which it reads before it waits.
TABLE = """
    #include <unistd.h>
    static const unsigned char table[64 * 4096] = {1};
    static int counter = 5;
    int main(void) {
        unsigned sum = 0;
        for (unsigned i = 0; i < sizeof table; i += 4096) sum += ((volatile const unsigned char *)table)[i];
        counter += (int)sum;
        pause();
        return counter;
    }
"""


@pytest.mark.parametrize("processes", [1, 10, 100])
def test_however_many_processes_share_one_copy_of_the_text(processes: int) -> None:
    """ "1,000,000 processes, requiring only 1 copy of .text/.rodata"; of .data each has what it wrote."""
    program = vmlab.c(TABLE).compile("linux")
    with vmlab.Lab(ram="16 MiB") as lab:
        for _ in range(processes):
            lab.spawn(program)
        lab.run()
        texts = [one.smaps.find(TEXT_START) for one in lab.processes]
        assert all(text is not None and text.rss >= 64 * 4096 for text in texts)
        assert sum(text.pss for text in texts if text) == pytest.approx(64 * 4096, rel=0.05)
        entries = [entry for one in lab.processes for entry in one.page_table.values()]
        shared = {entry.frame for entry in entries if not entry.writable}
        own = {entry.frame for entry in entries if entry.writable}
        assert 64 <= len(shared) <= 65
        assert len(own) == 2 * processes  # .data and the stack
        assert not shared & own
        lab.check()


SUM = """
    #include <stdio.h>
    #include <stdlib.h>
    int main(int count, char **arguments) {
        unsigned words = (unsigned)atoi(arguments[1]) / sizeof(unsigned), wrong = 0;
        unsigned *data = malloc(words * sizeof *data);
        (void)count;
        for (unsigned i = 0; i < words; i++) data[i] = i * 2654435761u;
        for (unsigned i = 0; i < words; i++) wrong += data[i] != i * 2654435761u;
        printf("%u wrong\\n", wrong);
        return 0;
    }
"""


@pytest.mark.parametrize("replacement", ["clock", "fifo"])
def test_a_program_twice_the_size_of_ram_runs_part_by_part(replacement: str) -> None:
    """ "Suppose you have 8GB of main memory. Can you run a program that its program size is 16GB?", scaled."""
    ram, size = 8 << 20, 16 << 20
    with vmlab.Lab(ram=ram, swap="32 MiB", replacement=replacement) as lab:
        process = lab.spawn(vmlab.c(SUM), args=[str(size)])
        lab.run()
        assert process.stdout_text == "0 wrong\n"
        counters = process.counters
        # Half of it and more had to leave before the second round, and each page of that round had to come back.
        assert counters["pages_swapped_out"] >= (size - ram) // 4096
        assert counters["pages_swapped_in"] >= size // 4096 // 2
        assert counters["peak_resident_pages"] < ram // 4096
        lab.check()
