// SPDX-License-Identifier: 0BSD
// A snapshot process: fork() gives the child all of memory as it is at this moment, copy on write. The child saves it
// at its leisure while the parent goes on and changes it. The kernel copies the pages that the parent writes
// meanwhile, and no others.
#include "fault_handling.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 40

static unsigned *page_at(char *memory, unsigned page) {
    return (unsigned *)(memory + page * PAGE);
}

static unsigned sum_of(char *memory) {
    unsigned sum = 0;
    for (unsigned i = 0; i < PAGES * PAGE / 4; i++)
        sum = sum * 31 + ((unsigned *)memory)[i];
    return sum;
}

static void save(char *memory, int go) {
    char word;
    read(go, &word, 1); // until the parent has changed all that it wants
    int file = open("snapshot", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (unsigned page = 0; page < PAGES; page++)
        write(file, page_at(memory, page), PAGE);
    _exit(0);
}

int main(void) {
    char *memory = map_pages(PAGES, PROT_READ | PROT_WRITE);
    static char saved[PAGES * PAGE];
    for (unsigned page = 0; page < PAGES; page++)
        for (unsigned i = 0; i < PAGE / 4; i++)
            page_at(memory, page)[i] = page * i;
    for (unsigned round = 1; round <= 3; round++) {
        int go[2];
        pipe(go);
        unsigned at_the_moment = sum_of(memory);
        if (fork() == 0)
            save(memory, go[0]);
        for (unsigned page = 0; page < PAGES; page += 4 / round)
            page_at(memory, page)[round]++;
        write(go[1], "!", 1);
        wait(NULL);
        int file = open("snapshot", O_RDONLY);
        read(file, saved, sizeof saved);
        close(file);
        close(go[0]);
        close(go[1]);
        printf("snapshot %u: as at its moment %d, memory has changed %d\n", round, sum_of(saved) == at_the_moment,
               sum_of(memory) != at_the_moment);
    }
    unlink("snapshot");
    return 0;
}
