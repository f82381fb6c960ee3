// SPDX-License-Identifier: GPL-2.0-only
// Writes and checks so many pages, also with children that do the same at once.
#include <pintos.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE_WORDS 1024u
#define MOST_PAGES 900u

static unsigned int words[MOST_PAGES * PAGE_WORDS];

int main(int argc, char **argv) {
    unsigned int pages = argc > 1 ? (unsigned int)atoi(argv[1]) : 0, seed = argc > 2 ? (unsigned int)atoi(argv[2]) : 0;
    int children = argc > 3 ? atoi(argv[3]) : 0;
    pid_t pids[8];
    for (int i = 0; i < children; i++) {
        char command[32];
        snprintf(command, sizeof command, "memory %u %d", pages, i + 1);
        pids[i] = exec(command);
    }
    for (unsigned int round = 0; round < 3; round++)
        for (unsigned int page = 0; page < pages; page++) {
            unsigned int *word = words + page * PAGE_WORDS + seed;
            if (*word != (round == 0 ? 0 : page * 10 + seed + round - 1))
                return 1;
            *word = page * 10 + seed + round;
        }
    for (int i = 0; i < children; i++)
        if (wait(pids[i]) != 0)
            return 2;
    return 0;
}
