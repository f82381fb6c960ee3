// SPDX-License-Identifier: 0BSD
// A page made read-only can be read; the write that follows ends the program with SIGSEGV.
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
    volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = 'x';
    if (mprotect((void *)page, 4096, PROT_READ) != 0)
        return 1;
    printf("still %c\n", page[0]);
    fflush(stdout);
    page[0] = 'y';
    puts("not reached");
    return 0;
}
