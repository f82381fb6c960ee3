// SPDX-License-Identifier: 0BSD
// An object database: objects come into memory on demand, and memory is a cache for the much larger database.
//
// On disk an object refers to another by its number; in memory by a pointer. Pointers are swizzled at page-fault
// time: each page of the database gets an address when something refers to it, reserved without rights. The fault on
// it reads the page, and turns all references on it into pointers, for which further pages are reserved. Which
// objects may be dirty is known by write protection: a page comes in read-only, and the first store into it faults.
// When the cache is full the oldest page leaves; if dirty, it is written with its pointers turned back. Its address
// stays its own, so that pointers stay good.
#include "fault_handling.h"
#include <fcntl.h>
#include <unistd.h>

#define PAGES 40
#define CACHE 10
#define PER_PAGE (PAGE / sizeof(struct object))
#define OBJECTS (PAGES * PER_PAGE)

union reference {
    unsigned number; // on disk
    struct object *pointer;
};

struct object {
    union reference next, other;
    unsigned number, visits;
};

static char *arena; // addresses for all pages, given out in the order in which pages are heard of
static int page_at[PAGES], place_of[PAGES], places;
static unsigned char dirty[PAGES];
static int cache[CACHE], oldest, file;
static unsigned page_ins, page_outs, write_backs, swizzled;

static char *address_of(int page) {
    if (place_of[page] < 0) {
        place_of[page] = places;
        page_at[places++] = page;
    }
    return arena + place_of[page] * PAGE;
}

static struct object *swizzle(unsigned number) {
    swizzled++;
    return (struct object *)address_of((int)(number / PER_PAGE)) + number % PER_PAGE;
}

static unsigned unswizzle(const struct object *object) {
    unsigned offset = (unsigned)((const char *)object - arena);
    return (unsigned)page_at[offset / PAGE] * PER_PAGE + offset % PAGE / sizeof *object;
}

static off_t offset_of(int page) {
    return (off_t)page * PAGE;
}

static void page_out(int page) {
    struct object *objects = (struct object *)address_of(page);
    if (dirty[page]) {
        for (unsigned i = 0; i < PER_PAGE; i++) {
            objects[i].next.number = unswizzle(objects[i].next.pointer);
            objects[i].other.number = unswizzle(objects[i].other.pointer);
        }
        pwrite(file, objects, PAGE, offset_of(page));
        write_backs++;
    }
    protect_page((char *)objects, PROT_NONE);
    madvise(objects, PAGE, MADV_DONTNEED);
    dirty[page] = 0;
    page_outs++;
}

static void page_in(int page) {
    struct object *objects = (struct object *)address_of(page);
    if (cache[oldest] >= 0)
        page_out(cache[oldest]);
    cache[oldest] = page;
    oldest = (oldest + 1) % CACHE;
    protect_page((char *)objects, PROT_READ | PROT_WRITE);
    pread(file, objects, PAGE, offset_of(page));
    for (unsigned i = 0; i < PER_PAGE; i++) {
        objects[i].next.pointer = swizzle(objects[i].next.number);
        objects[i].other.pointer = swizzle(objects[i].other.number);
    }
    protect_page((char *)objects, PROT_READ);
    page_ins++;
}

static int is_cached(int page) {
    for (int i = 0; i < CACHE; i++)
        if (cache[i] == page)
            return 1;
    return 0;
}

static void fetch_objects(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    int page = page_at[page_number(arena, (unsigned)places, info)];
    if (!is_cached(page)) {
        page_in(page);
        return; // a store faults once more
    }
    if (!dirty[page])
        protect_page(address_of(page), PROT_READ | PROT_WRITE);
    dirty[page] = 1;
}

static void make_database(void) {
    static struct object page[PER_PAGE];
    file = open("database", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (unsigned number = 0; number < OBJECTS; number++) {
        page[number % PER_PAGE] = (struct object){
            .next = {(number + 1) % OBJECTS}, .other = {(number + 5 * PER_PAGE) % OBJECTS}, .number = number};
        if (number % PER_PAGE == PER_PAGE - 1)
            write(file, page, sizeof page);
    }
    memset(place_of, -1, sizeof place_of);
    memset(cache, -1, sizeof cache);
    arena = map_pages(PAGES, PROT_NONE);
}

static void tell(const char *what) {
    printf("%s: pages in %u, out %u, written %u", what, page_ins, page_outs, write_backs);
    printf(", heard of %d of %d\n", places, PAGES);
}

int main(void) {
    make_database();
    handle(SIGSEGV, fetch_objects);
    volatile struct object *at = swizzle(3);
    for (int i = 0; i < 300; i++)
        at = at->next.pointer;
    printf("object %u\n", at->number);
    tell("along the list");
    for (int i = 0; i < 100; i++) {
        at->visits++;
        at = i % 10 == 9 ? at->other.pointer : at->next.pointer;
    }
    printf("object %u\n", at->number);
    tell("with jumps and visits");
    unsigned visits = 0, wrong = 0;
    at = swizzle(0);
    for (unsigned number = 0; number < OBJECTS; number++) {
        visits += at->visits;
        wrong += at->number != number || unswizzle(at->other.pointer) != (number + 5 * PER_PAGE) % OBJECTS;
        at = at->next.pointer;
    }
    printf("visits %u, wrong objects %u, back at the first %d\n", visits, wrong, at == swizzle(0));
    tell("all of it");
    unlink("database");
    tell_faults();
    return 0;
}
