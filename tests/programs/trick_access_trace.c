// SPDX-License-Identifier: 0BSD
// A trace of page references, taken by protection: all pages are without rights but the two that were used last (an
// instruction may need two). Each fault is a reference to another page than these, and goes into the trace.
//
// From the trace of a program follows what each number of frames would cost it. Here: the same sum over a matrix, by
// rows, by columns, and by strips of 32 columns.
#include "fault_handling.h"

#define SIDE 128 // ints: eight rows a page
#define PAGES (SIDE * SIDE * 4 / PAGE)
#define MOST 20000

static char *region;
static unsigned char trace[MOST];
static unsigned traced, open_pages[2] = {PAGES, PAGES};

static void note_reference(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    unsigned page = page_number(region, PAGES, info);
    if (traced < MOST)
        trace[traced++] = (unsigned char)page;
    if (open_pages[1] < PAGES)
        protect_page(region + open_pages[1] * PAGE, PROT_NONE);
    open_pages[1] = open_pages[0];
    open_pages[0] = page;
    protect_page(region + page * PAGE, PROT_READ | PROT_WRITE);
}

/// Misses of LRU with so many frames, from the trace alone.
static unsigned lru_misses(unsigned frames) {
    unsigned char stack[PAGES];
    unsigned held = 0, misses = 0;
    for (unsigned i = 0; i < traced; i++) {
        unsigned at = 0;
        while (at < held && stack[at] != trace[i])
            at++;
        if (at == held) {
            misses++;
            if (held < frames)
                held++;
            at = held - 1;
        }
        memmove(stack + 1, stack, at);
        stack[0] = trace[i];
    }
    return misses;
}

static void tell(const char *what, int sum) {
    printf("%s: sum %d, references %u\n", what, sum, traced);
    for (unsigned frames = 2; frames <= PAGES; frames *= 2)
        printf("  LRU with %u frames: %u misses\n", frames, lru_misses(frames));
    traced = 0;
}

int main(void) {
    int by_rows = 0, by_columns = 0, by_strips = 0;
    region = map_pages(PAGES, PROT_NONE);
    volatile int (*matrix)[SIDE] = (volatile int (*)[SIDE])region;
    handle(SIGSEGV, note_reference);
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            matrix[i][j] = i - 2 * j;
    traced = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            by_rows += matrix[i][j];
    tell("by rows", by_rows);
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++)
            by_columns += matrix[i][j];
    tell("by columns", by_columns);
    for (int strip = 0; strip < SIDE; strip += 32)
        for (int i = 0; i < SIDE; i++)
            for (int j = strip; j < strip + 32; j++)
                by_strips += matrix[i][j];
    tell("by strips", by_strips);
    tell_faults();
    return 0;
}
