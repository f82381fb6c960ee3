// SPDX-License-Identifier: 0BSD
// Incremental checkpointing (Appel and Li's DIRTY, made of PROTN, TRAP and UNPROT): a checkpoint holds the pages alone
// that were written since the one before. The program is then rolled back to each of them.
//
// After a checkpoint all pages are write-protected; the handler notes a page as dirty and unprotects it.
#include "fault_handling.h"
#include <fcntl.h>
#include <unistd.h>

#define PAGES 32
#define CHECKPOINTS 4

struct record {
    unsigned checkpoint, page;
    char bytes[PAGE];
};

static char *memory;
static unsigned char dirty[PAGES];
static int file;

static void note_dirty(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    unsigned page = page_number(memory, PAGES, info);
    dirty[page] = 1;
    protect_page(memory + page * PAGE, PROT_READ | PROT_WRITE);
}

static unsigned sum_of_memory(void) {
    unsigned sum = 0;
    for (unsigned i = 0; i < PAGES * PAGE / 4; i++)
        sum = sum * 31 + ((unsigned *)memory)[i];
    return sum;
}

/// Appends the dirty pages to the file, and returns how many there were.
static unsigned checkpoint(unsigned number) {
    static struct record record;
    unsigned saved = 0;
    for (unsigned page = 0; page < PAGES; page++)
        if (dirty[page]) {
            record.checkpoint = number;
            record.page = page;
            memcpy(record.bytes, memory + page * PAGE, PAGE);
            saved += write(file, &record, sizeof record) == sizeof record;
        }
    memset(dirty, 0, sizeof dirty);
    mprotect(memory, PAGES * PAGE, PROT_READ);
    return saved;
}

/// Plays back all records up to this checkpoint, later ones over earlier ones.
static void restore(unsigned number) {
    static struct record record;
    mprotect(memory, PAGES * PAGE, PROT_READ | PROT_WRITE);
    memset(memory, 0, PAGES * PAGE);
    lseek(file, 0, SEEK_SET);
    while (read(file, &record, sizeof record) == sizeof record && record.checkpoint <= number)
        memcpy(memory + record.page * PAGE, record.bytes, PAGE);
    mprotect(memory, PAGES * PAGE, PROT_READ);
}

int main(void) {
    unsigned sums[CHECKPOINTS], seed = 11;
    memory = map_pages(PAGES, PROT_READ);
    file = open("increments", O_RDWR | O_CREAT | O_TRUNC, 0600);
    handle(SIGSEGV, note_dirty);
    for (unsigned number = 0; number < CHECKPOINTS; number++) {
        unsigned before = faults_handled, places = number == 0 ? PAGES : 9 - 2 * number;
        for (unsigned i = 0; i < 20 * places; i++) // each place many times: one fault a page
            memory[i % places * 3 % PAGES * PAGE + next_random(&seed) % PAGE]++;
        unsigned faults = faults_handled - before;
        sums[number] = sum_of_memory();
        printf("checkpoint %u: %u pages, %u faults\n", number, checkpoint(number), faults);
    }
    for (unsigned number = CHECKPOINTS; number-- > 0;) {
        restore(number);
        printf("rolled back to %u: %s\n", number, sum_of_memory() == sums[number] ? "as it was" : "different");
    }
    unlink("increments");
    tell_faults();
    return 0;
}
