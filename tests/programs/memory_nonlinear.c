// SPDX-License-Identifier: 0BSD
// remap_file_pages: a shared mapping whose pages are not in the order of what it shows.
#include <fcntl.h>

#include "memory_probe.h"

enum { NR_REMAP_FILE_PAGES = 257 };

static int remap(const char *at, unsigned pages, unsigned first) {
    return CALL(NR_REMAP_FILE_PAGES, P(at), pages * PAGE, 0, first, 0);
}

static void file_pages(void) {
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char page[PAGE];
    for (int i = 0; i < 4; i++) {
        memset(page, 'a' + i, PAGE);
        write(file, page, PAGE);
    }
    char *memory = mmap(NULL, 4 * PAGE, READ | WRITE, SHARED, file, 0);
    for (unsigned i = 0; i < 4; i++)
        remap(memory + i * PAGE, 1, 3 - i);
    printf("turned round: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    memory[1] = 'W';
    char c;
    pread(file, &c, 1, 3 * PAGE + 1);
    printf("written where it shows: %c\n", c);
    show("two at once", remap(memory + PAGE, 2, 2));
    printf("then: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    show("past the end", remap(memory, 1, 9));
    printf("dies of %d\n", dies_of(load, memory));
    show("back", remap(memory, 4, 0));
    printf("then: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    show("more than is mapped", remap(memory, 5, 0));
    CALL(NR_MPROTECT, P(memory) + PAGE, PAGE, READ);
    show("over other rights", remap(memory, 2, 0));
    char *own = mmap(NULL, 4 * PAGE, READ | WRITE, PRIVATE, file, 0);
    show("private", remap(own, 1, 1));
    show("nothing there", remap(room(1), 1, 0));
    show("a protection", CALL(NR_REMAP_FILE_PAGES, P(memory), PAGE, READ, 0, 0));
    show("no length", CALL(NR_REMAP_FILE_PAGES, P(memory), 0, 0, 0, 0));
    show("within a page", CALL(NR_REMAP_FILE_PAGES, P(memory) + 5, PAGE + 7, 0, 1, 0));
    printf("the whole page: %c\n", memory[0]);
}

static void anonymous(void) {
    char *memory = map(NULL, 4, READ | WRITE, SHARED | ANONYMOUS);
    for (int i = 0; i < 4; i++)
        memset(memory + i * PAGE, '0' + i, PAGE);
    remap(memory, 1, 3);
    printf("one twice: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    memory[5] = 'x';
    printf("is one: %c\n", memory[3 * PAGE + 5]);
    remap(memory, 1, 0);
    printf("what was out of sight: %c\n", memory[0]);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        remap(memory + PAGE, 1, 2);
        memory[PAGE + 1] = 'c';
        printf("child: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %c%c%c%c, %c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE], memory[2 * PAGE + 1]);
}

int main(void) {
    file_pages();
    anonymous();
    return 0;
}
