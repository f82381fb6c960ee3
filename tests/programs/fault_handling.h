// SPDX-License-Identifier: 0BSD
// What the programs have in common that handle their own page faults.
#pragma once

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define PAGE 4096

typedef void trap_handler(int number, siginfo_t *info, void *context);

static volatile unsigned faults_handled;

static inline void handle(int number, trap_handler *handler) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(number, &action, NULL);
}

static inline char *map_pages(size_t pages, int rights) {
    return mmap(NULL, pages * PAGE, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static inline void protect_page(char *page, int rights) {
    mprotect(page, PAGE, rights);
}

static inline int *registers_of(void *context) {
    return ((ucontext_t *)context)->uc_mcontext.gregs;
}

/// From the error code that the processor pushed.
static inline int was_write(void *context) {
    return (registers_of(context)[REG_ERR] & 2) != 0;
}

/// The number of the page of `region` that a fault was on. A fault anywhere else is a mistake of the program's.
static inline unsigned page_number(const char *region, unsigned pages, const siginfo_t *info) {
    unsigned page = (unsigned)((char *)info->si_addr - region) / PAGE;
    if ((char *)info->si_addr < region || page >= pages) {
        printf("a fault outside the region\n");
        exit(1);
    }
    faults_handled++;
    return page;
}

/// Numbers that look random and are the same everywhere.
static inline unsigned next_random(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static inline void tell_faults(void) {
    printf("faults handled: %u\n", faults_handled);
}
