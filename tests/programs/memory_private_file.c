// SPDX-License-Identifier: 0BSD
// A private mapping of a file: what it shows of the file before and after it is written to, and past the file's end.
#include <fcntl.h>

#include "memory_probe.h"

static int make(const char *name, unsigned pages) {
    int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    char page[PAGE];
    for (unsigned i = 0; i < pages; i++) {
        memset(page, (int)('a' + i), PAGE);
        write(file, page, PAGE);
    }
    return file;
}

static char in_file(int file, off_t at) {
    char c = 0;
    pread(file, &c, 1, at);
    return c;
}

static void copies(void) {
    int file = make("file", 4);
    char *one = mmap(NULL, 4 * PAGE, READ | WRITE, PRIVATE, file, 0);
    char *other = mmap(NULL, 4 * PAGE, READ | WRITE, PRIVATE, file, 0);
    char *offset = mmap(NULL, PAGE, READ | WRITE, PRIVATE, file, 2 * PAGE);
    one[0] = '1', other[0] = '2', offset[0] = '3';
    printf("%c %c %c, the file %c %c\n", one[0], other[0], one[2 * PAGE], in_file(file, 0), in_file(file, 2 * PAGE));
    pwrite(file, "W", 1, 1);
    pwrite(file, "W", 1, PAGE);
    printf("a write is seen where there is no copy: %c %c\n", one[1], one[PAGE]);
    CALL(NR_MADVISE, P(one), PAGE, 4);
    printf("and where the copy is forgotten: %c%c\n", one[0], one[1]);
    CALL(NR_MPROTECT, P(other), PAGE, READ);
    printf("a copy stays when it is protected: %c\n", other[0]);
    CALL(NR_MPROTECT, P(other), PAGE, READ | WRITE);
    other[2] = '4';
    printf("and may be written again: %c%c\n", other[0], other[2]);
    show("msync", CALL(NR_MSYNC, P(other), 4 * PAGE, 4));
    printf("the file: %c\n", in_file(file, 0));
    close(file);
    unlink("file");
    printf("without a name and a descriptor: %c%c\n", one[3 * PAGE], other[0]);
}

static void the_end(void) {
    int file = make("file", 1);
    ftruncate(file, PAGE + 10);
    char *memory = mmap(NULL, 4 * PAGE, READ | WRITE, PRIVATE, file, 0);
    printf("the rest of the last page: %d\n", memory[PAGE + 100]);
    memory[PAGE + 100] = 'x';
    printf("may be written: %c\n", memory[PAGE + 100]);
    show_access("the next page", memory + 2 * PAGE);
    ftruncate(file, 3 * PAGE);
    printf("a longer file: %d %c\n", memory[2 * PAGE], memory[PAGE + 100]);
    memory[2 * PAGE] = 'y';
    ftruncate(file, 0);
    show_access("an empty file", memory);
    show_access("a copy", memory + 2 * PAGE);
    ftruncate(file, 3 * PAGE);
    printf("copies are cut off: %d %d\n", memory[0], memory[2 * PAGE]);
    char *shared = mmap(NULL, PAGE, READ | WRITE, SHARED, file, 0);
    ftruncate(file, 5);
    shared[100] = 's';
    ftruncate(file, 200);
    printf("what was written past the end: %d\n", shared[100]);
}

static void forks(void) {
    int file = make("file", 2);
    char *memory = mmap(NULL, 2 * PAGE, READ | WRITE, PRIVATE, file, 0);
    memory[0] = 'p';
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        memory[PAGE] = 'c';
        pwrite(file, "F", 1, 0);
        pwrite(file, "G", 1, PAGE);
        printf("child: %c %c\n", memory[0], memory[PAGE]);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %c %c\n", memory[0], memory[PAGE]);
}

int main(void) {
    copies();
    the_end();
    forks();
    return 0;
}
