// SPDX-License-Identifier: 0BSD
// A write barrier for a generational garbage collector, after Appel and Li (PROTN, TRAP, UNPROT).
//
// A minor collection must find all pointers from the old generation into the young one, without a look at all of the
// old one. So the old generation is write-protected. The first store into one of its pages faults; the handler puts
// the page into the remembered set and unprotects it, and further stores there cost nothing. The collection then
// scans the pages of the remembered set alone, promotes what they point to, and protects them again.
#include "fault_handling.h"

#define OLD_PAGES 16
#define PER_PAGE (PAGE / sizeof(struct object))
#define YOUNG 100

struct object {
    struct object *next;
    unsigned value;
};

static struct object *old_generation;
static struct object young_generation[YOUNG];
static unsigned old_count, young_count;
static unsigned char remembered[OLD_PAGES];

static char *old_page(unsigned page) {
    return (char *)old_generation + page * PAGE;
}

static void write_barrier(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    unsigned page = page_number((char *)old_generation, OLD_PAGES, info);
    remembered[page] = 1;
    protect_page(old_page(page), PROT_READ | PROT_WRITE);
}

static int is_young(const struct object *object) {
    return object >= young_generation && object < young_generation + YOUNG;
}

/// The promoted copy goes to the end of the old generation: a store like any other, barrier and all.
static struct object *promote(const struct object *object) {
    old_generation[old_count] = *object;
    return &old_generation[old_count++];
}

static unsigned scan_page(unsigned page) {
    unsigned promoted = 0;
    struct object *objects = (struct object *)old_page(page);
    for (unsigned i = 0; i < PER_PAGE; i++)
        if (is_young(objects[i].next)) {
            objects[i].next = promote(objects[i].next);
            promoted++;
        }
    return promoted;
}

static void minor_collection(void) {
    unsigned scanned = 0, promoted = 0, missed = 0;
    for (unsigned page = 0; page < OLD_PAGES; page++)
        if (remembered[page]) {
            scanned++;
            promoted += scan_page(page);
        }
    for (unsigned i = 0; i < old_count; i++)
        missed += (unsigned)is_young(old_generation[i].next);
    printf("scanned %u pages of %u, promoted %u of %u, missed %u\n", scanned, OLD_PAGES, promoted, young_count, missed);
    memset(remembered, 0, sizeof remembered);
    mprotect(old_generation, OLD_PAGES * PAGE, PROT_READ);
    young_count = 0;
}

static void mutate(unsigned stores, unsigned *seed) {
    for (young_count = 0; young_count < YOUNG; young_count++)
        young_generation[young_count] = (struct object){NULL, young_count};
    for (unsigned i = 0; i < stores; i++) {
        volatile struct object *holder = &old_generation[next_random(seed) % old_count];
        holder->next = &young_generation[i];
        holder->value++;
    }
}

int main(void) {
    unsigned seed = 1;
    old_generation = (struct object *)map_pages(OLD_PAGES, PROT_READ | PROT_WRITE);
    old_count = (OLD_PAGES - 2) * PER_PAGE;
    for (unsigned i = 1; i < old_count; i++)
        old_generation[i] = (struct object){&old_generation[i - 1], i};
    mprotect(old_generation, OLD_PAGES * PAGE, PROT_READ);
    handle(SIGSEGV, write_barrier);
    for (unsigned round = 0; round < 4; round++) {
        unsigned before = faults_handled;
        mutate(2 + 6 * round, &seed);
        printf("%u stores, %u faults: ", 2 + 6 * round, faults_handled - before);
        minor_collection();
    }
    tell_faults();
    return 0;
}
