// SPDX-License-Identifier: GPL-2.0-only
// A child turns the machine off while its parent waits.
#include <pintos.h>
#include <stdio.h>

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        printf("child halts\n");
        halt();
    }
    printf("back from %d\n", wait(exec("halting child")));
    return 0;
}
