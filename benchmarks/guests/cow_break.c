/* SPDX-License-Identifier: GPL-2.0-only
   Row "copy-on-write break": after fork the child stores to each of 20,000 pages that its parent has as well. */
#include <sys/wait.h>
#include <unistd.h>

static char pages[20000][4096];

int main(void) {
    for (int i = 0; i < 20000; i++) {
        *(volatile char *)pages[i] = 1;
    }
    if (fork() == 0) {
        for (int i = 0; i < 20000; i++) {
            *(volatile char *)pages[i] = 2;
        }
        _exit(0);
    }
    wait(0);
    return 0;
}
