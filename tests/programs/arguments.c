// SPDX-License-Identifier: 0BSD
// What the program was started with.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        printf("%d: [%s]\n", i, argv[i]);
    printf("after the last: %s\n", argv[argc] == NULL ? "NULL" : argv[argc]);
    const char *greeting = getenv("GREETING");
    printf("GREETING=%s\n", greeting != NULL ? greeting : "(none)");
    printf("GREET is %s\n", getenv("GREET") != NULL ? "set" : "not set");
    int count = 0;
    while (environ[count] != NULL)
        count++;
    printf("%d variables\n", count);
    return argc;
}
