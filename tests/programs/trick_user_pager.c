// SPDX-License-Identifier: 0BSD
// A pager at user level: memory as a cache for a much larger file, with demand paging, dirty pages and a clock, all
// made of mprotect, madvise and a SIGSEGV handler.
//
// A region is reserved without rights, and only FRAMES of its pages hold anything at a time. Page in: a fault on a
// page that is not there reads it from the file. Dirty bit: it comes in read-only; the first store faults and marks
// it. Reference bit: the clock's hand takes all rights from a page, as 4.4BSD did on the VAX, which had no such bit;
// a fault on a page that is there says that it was used. Page out: what was not used when the hand comes again is
// written if it is dirty, and its frame given back.
#include "fault_handling.h"
#include <fcntl.h>
#include <unistd.h>

#define PAGES 64
#define FRAMES 8
#define WORDS (PAGE / 4)

static struct {
    unsigned char present, dirty, used;
} table[PAGES];
static char *region;
static int file, ring[FRAMES]; // the pages that are there, by frame; -1: the frame is free
static unsigned hand, page_ins, page_outs, write_backs, references_noted, made_dirty;

static void set_rights(int page) {
    int rights = !table[page].used ? PROT_NONE : table[page].dirty ? PROT_READ | PROT_WRITE : PROT_READ;
    protect_page(region + page * PAGE, rights);
}

static void page_out(int page) {
    if (table[page].dirty) {
        protect_page(region + page * PAGE, PROT_READ);
        pwrite(file, region + page * PAGE, PAGE, page * PAGE);
        write_backs++;
    }
    protect_page(region + page * PAGE, PROT_NONE);
    madvise(region + page * PAGE, PAGE, MADV_DONTNEED);
    memset(&table[page], 0, sizeof table[page]);
    page_outs++;
}

/// The clock, or second chance: a frame that holds nothing any more.
static unsigned find_frame(void) {
    for (;; hand = (hand + 1) % FRAMES) {
        int page = ring[hand];
        if (page < 0)
            return hand;
        if (!table[page].used) {
            page_out(page);
            return hand;
        }
        table[page].used = 0;
        set_rights(page);
    }
}

static void page_in(int page) {
    unsigned frame = find_frame();
    ring[frame] = page;
    hand = (frame + 1) % FRAMES;
    protect_page(region + page * PAGE, PROT_READ | PROT_WRITE);
    pread(file, region + page * PAGE, PAGE, page * PAGE);
    table[page].present = 1;
    page_ins++;
}

static void resolve_fault(int number, siginfo_t *info, void *context) {
    (void)number;
    int page = (int)page_number(region, PAGES, info);
    if (!table[page].present)
        page_in(page);
    else if (!table[page].used)
        references_noted++;
    if (was_write(context) && !table[page].dirty) {
        table[page].dirty = 1;
        made_dirty++;
    }
    table[page].used = 1;
    set_rights(page);
}

static volatile unsigned *word(unsigned index) {
    return (volatile unsigned *)region + index;
}

int main(void) {
    static unsigned page[WORDS], added[PAGES];
    unsigned sum = 0, seed = 5, wrong = 0;
    file = open("store", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (unsigned p = 0; p < PAGES; p++) {
        for (unsigned i = 0; i < WORDS; i++)
            page[i] = p * WORDS + i;
        write(file, page, PAGE);
    }
    memset(ring, -1, sizeof ring);
    region = map_pages(PAGES, PROT_NONE);
    handle(SIGSEGV, resolve_fault);
    for (unsigned i = 0; i < PAGES * WORDS; i += 64)
        sum += *word(i);
    printf("sum %u, pages in %u, out %u, written %u\n", sum, page_ins, page_outs, write_backs);
    for (unsigned i = 0; i < 1000; i++) { // a loop of six pages, with now and then one from elsewhere
        unsigned at = i % 50 == 49 ? next_random(&seed) % PAGES : 10 + i % 6;
        *word(at * WORDS + at) += i;
        added[at] += i;
    }
    printf("pages in %u, out %u, written %u\n", page_ins, page_outs, write_backs);
    for (int p = 0; p < PAGES; p++)
        if (table[p].present)
            page_out(p);
    memset(ring, -1, sizeof ring);
    for (unsigned p = 0; p < PAGES; p++)
        wrong += *word(p * WORDS + p) != p * WORDS + p + added[p];
    printf("wrong words: %u\n", wrong);
    printf("pages in %u, out %u, written %u\n", page_ins, page_outs, write_backs);
    printf("references noted %u, made dirty %u\n", references_noted, made_dirty);
    unlink("store");
    tell_faults();
    return 0;
}
