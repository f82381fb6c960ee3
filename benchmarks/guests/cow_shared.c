/* SPDX-License-Identifier: GPL-2.0-only
   What is subtracted from the row "copy-on-write break": the same but for the child's stores. */
#include <sys/wait.h>
#include <unistd.h>

static char pages[20000][4096];

int main(void) {
    for (int i = 0; i < 20000; i++) {
        *(volatile char *)pages[i] = 1;
    }
    if (fork() == 0) {
        _exit(0);
    }
    wait(0);
    return 0;
}
