# SPDX-License-Identifier: GPL-2.0-only
"""What a process left in memory is there after its end, whoever has its frames by then."""

from __future__ import annotations

import vmlab

FILLS = r"""
#include <stdio.h>
static unsigned words[PAGES][1024];
int main(void) {
    for (unsigned i = 0; i < PAGES; i++) {
        words[i][0] = SEED + i;
        words[i][1023] = SEED - i;
    }
    printf("%x\n", (unsigned)words);
    return 0;
}
"""

SHARES = r"""
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    volatile unsigned *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static volatile unsigned private = 10;
    shared[0] = 1;
    for (unsigned i = 0; i < 3; i++) {
        if (fork() == 0) {
            private += i;
            _exit(0);
        }
        wait(0);
        shared[0] += 1;
        private += 10;
    }
    printf("%x %x\n", (unsigned)shared, (unsigned)&private);
    return 0;
}
"""


def filled(pages: int, seed: int) -> vmlab.Program:
    return vmlab.c(FILLS.replace("PAGES", str(pages)).replace("SEED", f"{seed}u"))


def word(process: vmlab.Process, address: int) -> int:
    return int.from_bytes(process.read(address, 4), "little")


def test_the_memory_of_the_dead_outlives_their_frames() -> None:
    with vmlab.Lab(ram="2 MiB") as lab:
        ended = []
        for seed in (1000, 2000, 3000, 4000):
            process = lab.spawn(filled(200, seed))
            lab.run()
            ended.append((seed, process, int(process.stdout, 16)))
        assert lab.frames.used < 200, "each ran where the one before had been"
        for seed, process, start in ended:
            for page in range(200):
                assert word(process, start + 4096 * page) == seed + page
                assert word(process, start + 4096 * page + 4092) == seed - page
        lab.check()


def test_a_shared_page_is_to_each_what_it_was_at_their_end() -> None:
    with vmlab.Lab(ram="4 MiB") as lab:
        parent = lab.spawn(vmlab.c(SHARES))
        lab.run()
        shared, private = (int(text, 16) for text in parent.stdout.split())
        children = parent.children
        assert [word(child, shared) for child in children] == [1, 2, 3]
        assert [word(child, private) for child in children] == [10, 21, 32]
        assert (word(parent, shared), word(parent, private)) == (4, 40)
        lab.check()


def test_who_looked_while_others_ran_sees_the_same_later() -> None:
    with vmlab.Lab(ram="2 MiB") as lab:
        first = lab.spawn(filled(100, 500))
        lab.run()
        start = int(first.stdout, 16)
        before = first.read(start, 100 * 4096)
        lab.spawn(filled(300, 900))
        lab.run()
        assert first.read(start, 100 * 4096) == before
        assert first.walk(start).mapped
