/* SPDX-License-Identifier: GPL-2.0-only
   Row "mprotect": a page that is in memory, between others of its mapping, loses W and gets it back, 100,000 times. */
#include <sys/mman.h>

static char pages[4][4096] __attribute__((aligned(4096)));

int main(void) {
    *(volatile char *)pages[1] = 1;
    for (int i = 0; i < 100000; i++) {
        mprotect(pages[1], 4096, PROT_READ);
        mprotect(pages[1], 4096, PROT_READ | PROT_WRITE);
    }
    return 0;
}
