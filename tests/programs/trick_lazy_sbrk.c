// SPDX-License-Identifier: 0BSD
// xv6's lazy sbrk, in user space: a heap of the program's own whose sbrk only moves sz, and allocates at the page
// fault.
//
// On the fault, case 1: the address is at or above sz, out of bounds: the program is killed, with xv6's words. Case
// 2: the page that holds the address is allocated, and the handler returns to retry. A negative amount gives pages
// back.
#include "fault_handling.h"
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 256

static char *heap;
static unsigned sz, pages_there;

static unsigned round_up(unsigned bytes) {
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

static char *lazy_sbrk(int amount) {
    unsigned before = sz;
    if (amount > 0 && sz + (unsigned)amount > PAGES * PAGE)
        return NULL;
    sz += (unsigned)amount;
    if (amount < 0) {
        char *from = heap + round_up(sz);
        mprotect(from, round_up(before) - round_up(sz), PROT_NONE);
        madvise(from, round_up(before) - round_up(sz), MADV_DONTNEED);
    }
    return heap + before;
}

static void page_fault(int number, siginfo_t *info, void *context) {
    (void)number;
    unsigned page = page_number(heap, PAGES, info), offset = (unsigned)((char *)info->si_addr - heap);
    if (offset >= sz) {
        printf("trap 14 err %d addr heap+0x%x--kill proc\n", registers_of(context)[REG_ERR], offset);
        tell_faults();
        fflush(stdout);
        _exit(1);
    }
    protect_page(heap + page * PAGE, PROT_READ | PROT_WRITE);
    pages_there++;
}

static void out_of_bounds(unsigned offset) {
    int status = 0;
    fflush(stdout);
    if (fork() == 0) {
        faults_handled = 0;
        heap[offset] = 1;
        _exit(0);
    }
    wait(&status);
    printf("ended with %d\n", WEXITSTATUS(status));
}

int main(void) {
    heap = map_pages(PAGES, PROT_NONE);
    handle(SIGSEGV, page_fault);
    char *first = lazy_sbrk(100 * PAGE + 10);
    printf("asked for 101 pages, there are %u\n", pages_there);
    for (int i = 0; i < 100; i += 20)
        first[i * PAGE] = 'a';
    first[100 * PAGE + 9] = 'z';
    printf("after six touches there are %u\n", pages_there);
    int zeros = 0;
    for (int i = 0; i < PAGE; i++)
        zeros += first[40 * PAGE + i] == 0;
    printf("fresh memory is zero but for one byte: %d\n", zeros == PAGE - 1);
    lazy_sbrk(-(60 * PAGE));
    lazy_sbrk(60 * PAGE);
    printf("given back and had again: %d\n", *(volatile char *)(first + 80 * PAGE));
    printf("too much: %d\n", lazy_sbrk(PAGES * PAGE) == NULL);
    out_of_bounds(sz + PAGE);
    out_of_bounds(PAGES * PAGE - 1);
    tell_faults();
    return 0;
}
