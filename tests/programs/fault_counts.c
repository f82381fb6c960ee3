// SPDX-License-Identifier: 0BSD
// How many minor faults a process is charged for what it does with its pages, by its own getrusage.
#include "child_process.h"
#include <sys/mman.h>
#include <sys/resource.h>

enum { PAGES = 8, PAGE = 4096, NO_HUGE_PAGE = 15 };

static long faults(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_minflt;
}

static void write_all(char *area) {
    for (int page = 0; page < PAGES; page++)
        area[page * PAGE]++;
}

static void read_all(char *area) {
    for (int page = 0; page < PAGES; page++)
        (void)*(volatile char *)(area + page * PAGE);
}

static void tell(const char *what, void (*touch)(char *), char *area) {
    faults(); // the stack's own page
    long before = faults();
    touch(area);
    printf("%s: %ld\n", what, faults() - before);
}

/// A fault a page, also where the host would give several at once.
static char *fresh(int sharing) {
    char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
    madvise(area, PAGES * PAGE, NO_HUGE_PAGE);
    return area;
}

static void lose_and_gain_write(char *area) {
    mprotect(area, PAGES * PAGE, PROT_READ);
    mprotect(area, PAGES * PAGE, PROT_READ | PROT_WRITE);
}

static void protect(void) {
    char *written = fresh(MAP_PRIVATE), *only_read = fresh(MAP_PRIVATE), *shared = fresh(MAP_SHARED);
    tell("fresh pages written", write_all, written);
    tell("and again", write_all, written);
    lose_and_gain_write(written);
    tell("after mprotect to read and back", write_all, written);
    tell("fresh pages read", read_all, only_read);
    tell("and again", read_all, only_read);
    lose_and_gain_write(only_read);
    tell("then written", write_all, only_read);
    tell("fresh pages of shared memory written", write_all, shared);
    lose_and_gain_write(shared);
    tell("after mprotect to read and back", write_all, shared);
}

static void copy(void) {
    char *area = fresh(MAP_PRIVATE);
    write_all(area);
    pid_t child = start_child();
    if (child == 0) {
        tell("a child reads its parent's pages", read_all, area);
        lose_and_gain_write(area);
        tell("a child writes them", write_all, area);
        tell("and again", write_all, area);
        end_child(0);
    }
    end_of(child);
    tell("the parent reads them", read_all, area);
    tell("the parent writes them, alone again", write_all, area);
    tell("and again", write_all, area);
}

int main(void) {
    protect();
    copy();
    return 0;
}
