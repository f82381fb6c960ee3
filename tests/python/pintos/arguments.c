// SPDX-License-Identifier: GPL-2.0-only
// Shows what is on its stack when it begins.
#include <pintos.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv) {
    printf("argc %d, argv[argc] %s\n", argc, argv[argc] == 0 ? "null" : "not null");
    for (int i = 0; i < argc; i++)
        printf("argv[%d] '%s'\n", i, argv[i]);
    printf("argv %s, below the strings: %s\n", (uintptr_t)argv % 4 == 0 ? "aligned" : "not aligned",
           (uintptr_t)argv < (uintptr_t)argv[0] ? "yes" : "no");
    return argc;
}
