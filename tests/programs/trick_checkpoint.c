// SPDX-License-Identifier: 0BSD
// Concurrent checkpointing, after Li, Naughton and Plank (PROTN, TRAP, UNPROT): the checkpoint is memory as it was at
// one moment, and the program does not stop while it is written.
//
// At that moment all pages are write-protected. A writer then saves one page after the other and unprotects it. Where
// the program stores into a page that is not saved yet, the handler copies the page first and unprotects it: copy on
// first write, once a page.
#include "fault_handling.h"
#include <fcntl.h>
#include <unistd.h>

#define PAGES 24
#define WORDS (PAGE / 4)

static char *memory, *copies;
static int file;
enum state { SAVED, PROTECTED, COPIED };
static enum state states[PAGES];
static unsigned pages_copied;

static char *page_at(char *base, unsigned page) {
    return base + page * PAGE;
}

static void copy_on_first_write(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    unsigned page = page_number(memory, PAGES, info);
    memcpy(page_at(copies, page), page_at(memory, page), PAGE);
    states[page] = COPIED;
    pages_copied++;
    protect_page(page_at(memory, page), PROT_READ | PROT_WRITE);
}

/// A turn of the writer; 0 when all is saved.
static int save_a_page(void) {
    for (unsigned page = 0; page < PAGES; page++)
        if (states[page] != SAVED) {
            pwrite(file, page_at(states[page] == COPIED ? copies : memory, page), PAGE, (off_t)(page * PAGE));
            protect_page(page_at(memory, page), PROT_READ | PROT_WRITE);
            states[page] = SAVED;
            return 1;
        }
    return 0;
}

static void begin_checkpoint(void) {
    for (unsigned page = 0; page < PAGES; page++)
        states[page] = PROTECTED;
    mprotect(memory, PAGES * PAGE, PROT_READ);
}

static unsigned sum_of(const char *bytes) {
    unsigned sum = 0;
    for (unsigned i = 0; i < PAGES * WORDS; i++)
        sum = sum * 31 + ((const unsigned *)bytes)[i];
    return sum;
}

static void work(unsigned steps, unsigned *seed) {
    for (unsigned i = 0; i < steps; i++)
        ((volatile unsigned *)memory)[next_random(seed) % (PAGES * WORDS)] += i + 1;
}

int main(void) {
    unsigned seed = 7;
    static char saved[PAGES * PAGE];
    memory = map_pages(PAGES, PROT_READ | PROT_WRITE);
    copies = map_pages(PAGES, PROT_READ | PROT_WRITE);
    file = open("checkpoint", O_RDWR | O_CREAT | O_TRUNC, 0600);
    handle(SIGSEGV, copy_on_first_write);
    for (int round = 1; round <= 3; round++) {
        work(1000, &seed);
        unsigned at_the_moment = sum_of(memory), before = pages_copied;
        begin_checkpoint();
        do
            work((unsigned)round, &seed);
        while (save_a_page());
        pread(file, saved, sizeof saved, 0);
        printf("checkpoint %d: as at its moment %d, memory has changed %d, pages copied %u of %u\n", round,
               sum_of(saved) == at_the_moment, sum_of(memory) != at_the_moment, pages_copied - before, PAGES);
    }
    unlink("checkpoint");
    tell_faults();
    return 0;
}
