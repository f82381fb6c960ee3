// SPDX-License-Identifier: 0BSD
// Memory that is there before it is touched: MAP_POPULATE, MAP_LOCKED, MADV_POPULATE_READ and _WRITE.
#include <fcntl.h>

#include "memory_probe.h"

enum { LOCKED = 0x2000, POPULATE = 0x8000, NON_BLOCK = 0x10000, POPULATE_READ = 22, POPULATE_WRITE = 23 };

static void show_resident(const char *what, char *at, unsigned pages) {
    printf("%s: %d of %u\n", what, resident(at, pages), pages);
}

static void anonymous(void) {
    show_resident("untouched", fresh(8), 8);
    show_resident("populated", map(NULL, 8, READ | WRITE, PRIVATE | ANONYMOUS | POPULATE), 8);
    show_resident("shared", map(NULL, 8, READ | WRITE, SHARED | ANONYMOUS | POPULATE), 8);
    show_resident("read-only", map(NULL, 8, READ, PRIVATE | ANONYMOUS | POPULATE), 8);
    show_resident("without access", map(NULL, 8, 0, PRIVATE | ANONYMOUS | POPULATE), 8);
    show_resident("not waiting", map(NULL, 8, READ | WRITE, PRIVATE | ANONYMOUS | POPULATE | NON_BLOCK), 8);
    show_resident("locked", map(NULL, 8, READ | WRITE, PRIVATE | ANONYMOUS | LOCKED), 8);
    show_resident("locked, without access", map(NULL, 8, 0, PRIVATE | ANONYMOUS | LOCKED), 8);
    show_resident("locked, not waiting", map(NULL, 8, READ | WRITE, PRIVATE | ANONYMOUS | LOCKED | NON_BLOCK), 8);
    char *over = fresh(8);
    over[0] = 'x';
    map(over, 4, READ | WRITE, PRIVATE | ANONYMOUS | POPULATE | FIXED);
    show_resident("in part", over, 8);
    printf("as zeros: %d\n", over[0]);
}

static void files(void) {
    int file = open("file", O_RDWR | O_CREAT, 0600);
    char page[PAGE];
    memset(page, 'f', PAGE);
    for (int i = 0; i < 4; i++)
        write(file, page, PAGE);
    char *own = mmap(NULL, 4 * PAGE, READ | WRITE, PRIVATE | POPULATE, file, 0);
    char *shared = mmap(NULL, 4 * PAGE, READ | WRITE, SHARED | POPULATE, file, 0);
    shared[0] = 's';
    printf("a private page is copied ahead: %c, shared: %c\n", own[0], shared[0]);
    char *past = mmap(NULL, 8 * PAGE, READ | WRITE, SHARED | POPULATE, file, 0);
    printf("past the end: mapped %d, dies of %d\n", past != MAP_FAILED, dies_of(load, past + 4 * PAGE));
}

static void advice(void) {
    char *memory = fresh(8);
    show("read", CALL(NR_MADVISE, P(memory), 2 * PAGE, POPULATE_READ));
    show("write", CALL(NR_MADVISE, P(memory) + 4 * PAGE, 2 * PAGE, POPULATE_WRITE));
    show_resident("populated", memory, 8);
    memory[5 * PAGE] = 'w';
    show("again", CALL(NR_MADVISE, P(memory), 8 * PAGE, POPULATE_WRITE));
    printf("keeps what is there: %c\n", memory[5 * PAGE]);
    munmap(memory + 3 * PAGE, PAGE);
    show("over a hole", CALL(NR_MADVISE, P(memory), 8 * PAGE, POPULATE_WRITE));
    CALL(NR_MPROTECT, P(memory), PAGE, READ);
    show("to write what is read-only", CALL(NR_MADVISE, P(memory), PAGE, POPULATE_WRITE));
    CALL(NR_MPROTECT, P(memory), PAGE, 0);
    show("to read what nobody may", CALL(NR_MADVISE, P(memory), PAGE, POPULATE_READ));
    int file = open("file", O_RDWR);
    char *past = mmap(NULL, 8 * PAGE, READ | WRITE, SHARED, file, 0);
    show("a file", CALL(NR_MADVISE, P(past), 4 * PAGE, POPULATE_WRITE));
    show("past its end", CALL(NR_MADVISE, P(past), 5 * PAGE, POPULATE_WRITE));
    show("no length", CALL(NR_MADVISE, P(past), 0, POPULATE_READ));
}

int main(void) {
    anonymous();
    files();
    advice();
    return 0;
}
