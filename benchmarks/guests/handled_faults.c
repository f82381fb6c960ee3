/* SPDX-License-Identifier: GPL-2.0-only
   Row "faults that a handler takes": 20,000 stores to a page that is protected before each, as a write barrier does. */
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

static char *page;
static volatile int faults;

static void unprotect(int signal) {
    faults += signal == SIGSEGV;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

int main(void) {
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGSEGV, unprotect);
    for (int i = 0; i < 20000; i++) {
        mprotect(page, 4096, PROT_READ);
        *(volatile char *)page = 1;
    }
    return faults == 20000 ? 0 : 1;
}
