// SPDX-License-Identifier: 0BSD
// A sparse array: space on demand. 16 million elements are reserved without rights and without memory; the handler
// makes the page that is touched, and fills it with what each element is before anybody wrote it: the square of its
// index. Memory is needed for the pages that were touched, and for no others.
#include "fault_handling.h"

#define ELEMENTS (1u << 24)
#define PER_PAGE (PAGE / sizeof(unsigned))
#define PAGES (ELEMENTS / PER_PAGE)

static char *region;

static void make_page(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    unsigned page = page_number(region, PAGES, info);
    unsigned *elements = (unsigned *)region + page * PER_PAGE;
    protect_page((char *)elements, PROT_READ | PROT_WRITE);
    for (unsigned i = 0; i < PER_PAGE; i++)
        elements[i] = (page * PER_PAGE + i) * (page * PER_PAGE + i);
}

int main(void) {
    region = map_pages(PAGES, PROT_NONE);
    volatile unsigned *array = (volatile unsigned *)region;
    unsigned wrong = 0, seed = 9;
    handle(SIGSEGV, make_page);
    for (unsigned i = 0; i < 200; i++) {
        unsigned index = next_random(&seed) % ELEMENTS;
        wrong += array[index] != index * index;
        array[index] = i;
        wrong += array[index] != i;
    }
    printf("wrong elements: %u\n", wrong);
    printf("first %u, last %u\n", array[1], array[ELEMENTS - 1]);
    printf("pages reserved: %u\n", PAGES);
    tell_faults();
    return 0;
}
