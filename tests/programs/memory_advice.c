// SPDX-License-Identifier: 0BSD
// mremap, madvise, mincore, msync, mlock: what they do to content, and their errors.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"

#define PAGE 4096
enum { NR_MSYNC = 144, NR_MLOCK = 150, NR_MUNLOCK = 151, NR_MREMAP = 163, NR_MINCORE = 218, NR_MADVISE = 219 };
enum { NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED, FREE = 8 };

static char *anonymous(int pages) {
    return mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void show(const char *what, long result) {
    printf("%s: %ld\n", what, result < 0 && result > -4096 ? result : result == 0 ? 0 : 1);
}

static void advise(void) {
    char *memory = anonymous(6);
    for (int i = 0; i < 6; i++)
        memory[i * PAGE] = (char)('a' + i);
    show("dontneed", CALL(NR_MADVISE, P(memory) + PAGE, PAGE, DONTNEED, 0));
    printf("after dontneed: %c %d %c\n", memory[0], memory[PAGE], memory[2 * PAGE]);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        CALL(NR_MADVISE, P(memory), 3 * PAGE, DONTNEED, 0);
        printf("child after dontneed: %d %d %d %c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
        memory[2 * PAGE] = 'X';
        printf("child wrote %c\n", memory[2 * PAGE]);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %c %d %c %c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    for (int advice = NORMAL; advice <= WILLNEED; advice++)
        show("advice", CALL(NR_MADVISE, P(memory), 6 * PAGE, advice, 0));
    show("free", CALL(NR_MADVISE, P(memory) + 4 * PAGE, PAGE, FREE, 0));
    memory[4 * PAGE] = 'Y';
    printf("after free and write: %c %c\n", memory[4 * PAGE], memory[5 * PAGE]);
    show("misaligned", CALL(NR_MADVISE, P(memory) + 1, PAGE, NORMAL, 0));
    show("unknown", CALL(NR_MADVISE, P(memory), PAGE, 77, 0));
    show("empty", CALL(NR_MADVISE, P(memory), 0, DONTNEED, 0));
    munmap(memory + 2 * PAGE, PAGE);
    show("hole", CALL(NR_MADVISE, P(memory), 6 * PAGE, DONTNEED, 0));
    printf("beyond the hole: %d %d\n", memory[0], memory[5 * PAGE]);
}

static void files(void) {
    int file = open("memory_advice.data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 3; i++) {
        char page[PAGE];
        memset(page, '0' + i, PAGE);
        if (write(file, page, PAGE) != PAGE)
            exit(1);
    }
    char *apart = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    char *together = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    apart[0] = 'P', apart[PAGE] = 'Q', together[2 * PAGE] = 'S';
    printf("private %c%c%c shared %c%c%c\n", apart[0], apart[PAGE], apart[2 * PAGE], together[0], together[PAGE],
           together[2 * PAGE]);
    CALL(NR_MADVISE, P(apart), PAGE, DONTNEED, 0);
    CALL(NR_MADVISE, P(together), 3 * PAGE, DONTNEED, 0);
    printf("private %c%c%c shared %c%c%c\n", apart[0], apart[PAGE], apart[2 * PAGE], together[0], together[PAGE],
           together[2 * PAGE]);
    show("msync", CALL(NR_MSYNC, P(together), 3 * PAGE, 4, 0));
    show("msync misaligned", CALL(NR_MSYNC, P(together) + 1, PAGE, 4, 0));
    show("msync both", CALL(NR_MSYNC, P(together), PAGE, 5, 0));
    show("mlock", CALL(NR_MLOCK, P(together) + 5, 1, 0, 0));
    show("msync locked", CALL(NR_MSYNC, P(together), PAGE, 2, 0));
    show("dontneed locked", CALL(NR_MADVISE, P(together), PAGE, DONTNEED, 0));
    show("munlock", CALL(NR_MUNLOCK, P(together), PAGE, 0, 0));
    char *grown = (char *)CALL(NR_MREMAP, P(apart), PAGE, 2 * PAGE, 1);
    printf("a file's page remapped: %c %c\n", grown[0], grown[PAGE]);
    unlink("memory_advice.data");
}

static void remap(void) {
    char *memory = anonymous(8);
    for (int i = 0; i < 8; i++)
        memory[i * PAGE] = (char)('a' + i);
    show("shrink", CALL(NR_MREMAP, P(memory), 8 * PAGE, 4 * PAGE, 0) == (int)memory);
    long grown = CALL(NR_MREMAP, P(memory), 4 * PAGE, 6 * PAGE, 0);
    printf("grown in place: %d, %c %d\n", grown == (int)memory, memory[3 * PAGE], memory[4 * PAGE]);
    char *other = anonymous(4);
    char *moved = (char *)CALL(NR_MREMAP, P(memory) + PAGE, 2 * PAGE, 3 * PAGE, 1);
    printf("moved: %d, %c %c %d\n", moved != memory + PAGE, moved[0], moved[PAGE], moved[2 * PAGE]);
    char *fixed = (char *)CALL(NR_MREMAP, P(moved), 3 * PAGE, 3 * PAGE, 3, P(other));
    printf("fixed: %d, %c %c %d\n", fixed == other, other[0], other[PAGE], other[2 * PAGE]);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        other = (char *)CALL(NR_MREMAP, P(other), 3 * PAGE, 7 * PAGE, 1);
        other[0] = 'C', other[6 * PAGE] = 'D';
        printf("child: %c %c %c\n", other[0], other[PAGE], other[6 * PAGE]);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %c %c\n", other[0], other[PAGE]);
    show("no length", CALL(NR_MREMAP, P(memory), PAGE, 0, 1));
    show("misaligned", CALL(NR_MREMAP, P(memory) + 1, PAGE, PAGE, 1));
    show("flags", CALL(NR_MREMAP, P(memory), PAGE, PAGE, 2));
    show("unmapped", CALL(NR_MREMAP, 0x20000000, PAGE, 2 * PAGE, 1));
}

static void core(void) {
    char *memory = anonymous(4);
    unsigned char pages[4] = {9, 9, 9, 9};
    memory[PAGE] = 1;
    show("mincore", CALL(NR_MINCORE, P(memory), 4 * PAGE, P(pages), 0));
    printf("resident: %d %d %d %d\n", pages[0] & 1, pages[1] & 1, pages[2] & 1, pages[3] & 1);
    show("lock", CALL(NR_MLOCK, P(memory), 4 * PAGE, 0, 0));
    CALL(NR_MINCORE, P(memory), 4 * PAGE, P(pages), 0);
    printf("locked: %d %d %d %d\n", pages[0] & 1, pages[1] & 1, pages[2] & 1, pages[3] & 1);
    munmap(memory + 2 * PAGE, PAGE);
    show("hole", CALL(NR_MINCORE, P(memory), 4 * PAGE, P(pages), 0));
    show("bad vector", CALL(NR_MINCORE, P(memory), PAGE, 16, 0));
    show("misaligned", CALL(NR_MINCORE, P(memory) + 4, PAGE, P(pages), 0));
    show("lock hole", CALL(NR_MLOCK, P(memory), 4 * PAGE, 0, 0));
}

int main(void) {
    advise();
    files();
    remap();
    core();
    return 0;
}
