// SPDX-License-Identifier: 0BSD
// Data-compression paging (Appel and Li): pages that are cold are kept compressed in memory, in place of a disk.
//
// At most FRAMES pages of the region hold their bytes. A fault on a cold page expands it; the page that was touched
// least recently in turn is compressed, its memory given back (MADV_DONTNEED), and its rights taken. A page that was
// only read since it was expanded is still what it was compressed to, and that copy is kept: it comes back read-only,
// and the first store drops the copy.
#include "fault_handling.h"

#define PAGES 32
#define FRAMES 6
#define WORST (2 * PAGE)

static char *region;
static struct cold {
    unsigned char *bytes; // NULL: the page is all zeros, or what it was is no longer so
    unsigned size;
    int is_here, is_changed;
} pages[PAGES];
static int queue[FRAMES], held;
static unsigned compressions, expansions, kept, made_writable;

/// Runs of a byte: its count, then the byte.
static unsigned compress(const unsigned char *from, unsigned char *to) {
    unsigned size = 0;
    for (unsigned i = 0; i < PAGE;) {
        unsigned run = 1;
        while (run < 255 && i + run < PAGE && from[i + run] == from[i])
            run++;
        to[size++] = (unsigned char)run;
        to[size++] = from[i];
        i += run;
    }
    return size;
}

static void expand(const unsigned char *from, unsigned size, unsigned char *to) {
    for (unsigned i = 0; i < size; i += 2) {
        memset(to, from[i + 1], from[i]);
        to += from[i];
    }
}

static void make_cold(int page) {
    static unsigned char buffer[WORST];
    char *at = region + page * PAGE;
    protect_page(at, PROT_READ);
    if (pages[page].is_changed) {
        pages[page].size = compress((unsigned char *)at, buffer);
        pages[page].bytes = malloc(pages[page].size);
        memcpy(pages[page].bytes, buffer, pages[page].size);
        compressions++;
    } else {
        kept++;
    }
    protect_page(at, PROT_NONE);
    madvise(at, PAGE, MADV_DONTNEED);
    pages[page].is_here = pages[page].is_changed = 0;
}

static void make_warm(int page) {
    char *at = region + page * PAGE;
    if (held == FRAMES) {
        make_cold(queue[0]);
        memmove(queue, queue + 1, --held * sizeof *queue);
    }
    queue[held++] = page;
    protect_page(at, PROT_READ | PROT_WRITE);
    if (pages[page].bytes != NULL) {
        expand(pages[page].bytes, pages[page].size, (unsigned char *)at);
        expansions++;
    }
    protect_page(at, PROT_READ);
    pages[page].is_here = 1;
}

static void resolve_fault(int number, siginfo_t *info, void *context) {
    (void)number;
    int page = (int)page_number(region, PAGES, info);
    if (!pages[page].is_here)
        make_warm(page);
    if (!was_write(context))
        return;
    made_writable++;
    free(pages[page].bytes);
    pages[page].bytes = NULL;
    pages[page].is_changed = 1;
    protect_page(region + page * PAGE, PROT_READ | PROT_WRITE);
}

static unsigned compressed_bytes(void) {
    unsigned bytes = 0;
    for (int page = 0; page < PAGES; page++)
        bytes += pages[page].bytes != NULL ? pages[page].size : 0;
    return bytes;
}

static unsigned char byte_of(int page, int at) {
    return (unsigned char)(page * (at / 100));
}

int main(void) {
    unsigned wrong = 0, sum = 0;
    region = map_pages(PAGES, PROT_NONE);
    volatile unsigned char *bytes = (volatile unsigned char *)region;
    handle(SIGSEGV, resolve_fault);
    for (int page = 0; page < PAGES; page++)
        for (int at = 0; at < PAGE; at++)
            bytes[page * PAGE + at] = byte_of(page, at);
    printf("%u pages in %u frames and %u compressed bytes\n", PAGES, FRAMES, compressed_bytes());
    for (int page = 0; page < PAGES; page++)
        for (int at = 0; at < PAGE; at += 7)
            wrong += bytes[page * PAGE + at] != byte_of(page, at);
    printf("wrong bytes %u, compressions %u, expansions %u, copies kept %u\n", wrong, compressions, expansions, kept);
    for (int i = 0; i < 2000; i++) // four hot pages, and each twentieth time a cold one
        sum += ++bytes[(i % 20 == 0 ? i / 20 % PAGES : 3 + i % 4) * PAGE + i % PAGE];
    printf("sum %u, compressions %u, expansions %u, copies kept %u\n", sum, compressions, expansions, kept);
    printf("made writable %u\n", made_writable);
    tell_faults();
    return 0;
}
