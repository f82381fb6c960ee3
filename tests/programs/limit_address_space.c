// SPDX-License-Identifier: 0BSD
// RLIMIT_AS and RLIMIT_DATA: what counts as mapped and as data, and what is refused.
#include "limit_probe.h"

enum { NR_BRK = 45 };

static char *area;

/// Sets a limit so that just so many pages more can be had, found by trying.
static void leave(unsigned resource, unsigned pages, int protection) {
    char *place = map(NULL, pages, protection, PRIVATE | ANONYMOUS);
    munmap(place, pages * PAGE);
    unsigned low = 0, high = 0xc0000;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        set_limit(resource, middle * PAGE, UNLIMITED);
        char *mapped = map(place, pages, protection, PRIVATE | ANONYMOUS);
        if (outcome((int)P(mapped)) == 1) {
            munmap(mapped, pages * PAGE);
            high = middle;
        } else
            low = middle + 1;
    }
    set_limit(resource, low * PAGE + 123, UNLIMITED);
}

static void mapped(void) {
    leave(ADDRESS_SPACE, 10, READ);
    show("too much", (int)P(map(NULL, 11, READ, PRIVATE | ANONYMOUS)));
    show("too much, without access", (int)P(map(NULL, 11, 0, PRIVATE | ANONYMOUS)));
    show("too much, shared", (int)P(map(NULL, 11, READ | WRITE, SHARED | ANONYMOUS)));
    char *most = map(NULL, 10, READ | WRITE, PRIVATE | ANONYMOUS);
    show("the most", (int)P(most));
    show("one more", (int)P(map(NULL, 1, READ, PRIVATE | ANONYMOUS)));
    show("over what is there", (int)P(map(most, 10, READ | WRITE, PRIVATE | ANONYMOUS | FIXED)));
    show("over it and beyond", (int)P(map(most - PAGE, 11, READ | WRITE, PRIVATE | ANONYMOUS | FIXED)));
    show("longer", CALL(NR_MREMAP, P(most), 10 * PAGE, 11 * PAGE, 1));
    show("moved", CALL(NR_MREMAP, P(most), 10 * PAGE, 10 * PAGE, 3, P(area)));
    show("moved, and kept", CALL(NR_MREMAP, P(area), 10 * PAGE, 10 * PAGE, 5, 0));
    show("shorter", CALL(NR_MREMAP, P(area), 10 * PAGE, 9 * PAGE, 0));
    show("that is free again", (int)P(map(NULL, 1, READ, PRIVATE | ANONYMOUS)));
    char *end = (char *)CALL(NR_BRK, 0);
    printf("the heap: %d\n", (char *)CALL(NR_BRK, P(end) + 2 * PAGE) == end);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        show("in a child", (int)P(map(NULL, 1, READ, PRIVATE | ANONYMOUS)));
        munmap(area, PAGE);
        show("in a child with less", (int)P(map(NULL, 1, READ, PRIVATE | ANONYMOUS)));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    munmap(area, 9 * PAGE);
    set_limit(ADDRESS_SPACE, UNLIMITED, UNLIMITED);
}

static void data(void) {
    leave(DATA, 10, READ | WRITE);
    show("too much", (int)P(map(NULL, 11, READ | WRITE, PRIVATE | ANONYMOUS)));
    show("too much, to read", (int)P(map(NULL, 11, READ, PRIVATE | ANONYMOUS)));
    show("too much, shared", (int)P(map(NULL, 11, READ | WRITE, SHARED | ANONYMOUS)));
    show("too much, growing", (int)P(map(NULL, 11, READ | WRITE, PRIVATE | ANONYMOUS | 0x100)));
    show("the most", (int)P(map(NULL, 10, READ | WRITE, PRIVATE | ANONYMOUS)));
    char *reads = map(NULL, 4, READ, PRIVATE | ANONYMOUS);
    show("one more by its protection", CALL(NR_MPROTECT, P(reads), PAGE, READ | WRITE));
    char *end = (char *)CALL(NR_BRK, 0);
    printf("the heap: %d\n", (char *)CALL(NR_BRK, P(end) + 2 * PAGE) == end);
    set_limit(DATA, UNLIMITED, UNLIMITED);
    show("without the limit", CALL(NR_MPROTECT, P(reads), PAGE, READ | WRITE));
}

int main(void) {
    printf("begin\n");
    area = room(20);
    mapped();
    data();
    return 0;
}
