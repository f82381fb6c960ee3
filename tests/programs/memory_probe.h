// SPDX-License-Identifier: 0BSD
// What programs about memory ask again and again: what a call returned, where there is room, what can be touched.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"

#define PAGE 4096u
enum { NR_MPROTECT = 125, NR_MSYNC = 144, NR_MREMAP = 163, NR_MMAP2 = 192, NR_MINCORE = 218, NR_MADVISE = 219 };
enum { READ = 1, WRITE = 2, EXECUTE = 4 };
enum { SHARED = 1, PRIVATE = 2, FIXED = 0x10, ANONYMOUS = 0x20, NO_REPLACE = 0x100000 };

/// 0, the error as a negative number, or 1 for what differs from kernel to kernel: an address.
static inline int outcome(int result) {
    return (unsigned)result >= 0xfffff000u ? result : result != 0;
}

static inline void show(const char *what, int result) {
    printf("%s: %d\n", what, outcome(result));
}

static inline char *map(char *at, unsigned pages, int protection, int flags) {
    return (char *)CALL(NR_MMAP2, P(at), pages * PAGE, (unsigned)protection, (unsigned)flags, ~0u, 0);
}

static inline char *fresh(unsigned pages) {
    return map(NULL, pages, READ | WRITE, PRIVATE | ANONYMOUS);
}

/// So many pages of free addresses with nothing near them.
static inline char *room(unsigned pages) {
    char *all = map(NULL, pages + 1024, 0, PRIVATE | ANONYMOUS);
    munmap(all, (pages + 1024) * PAGE);
    return all + 512 * PAGE;
}

/// Whether something is mapped there: mincore tells without touching it.
static inline int is_mapped(const char *at) {
    unsigned char there;
    return CALL(NR_MINCORE, P(at), PAGE, P(&there)) == 0;
}

/// How many of the pages are in memory.
static inline int resident(const char *at, unsigned pages) {
    static unsigned char there[1024];
    int count = 0;
    if (CALL(NR_MINCORE, P(at), pages * PAGE, P(there)) != 0)
        return -1;
    for (unsigned i = 0; i < pages; i++)
        count += there[i] & 1;
    return count;
}

/// The signal that the action ends with in a child of its own, or 0.
static inline int dies_of(void (*action)(char *), char *at) {
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        action(at);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status & 0x7f;
}

static inline void load(char *at) {
    (void)*(volatile char *)at;
}

static inline void store(char *at) {
    *(volatile char *)at = 1;
}

static inline void show_access(const char *what, char *at) {
    printf("%s: read %d, write %d\n", what, dies_of(load, at), dies_of(store, at));
}
