// SPDX-License-Identifier: 0BSD
// Ends as its argument says; what atexit registered runs in reverse order, unless the end is an abrupt one.
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void first(void) {
    puts("registered first");
}

static void second(void) {
    puts("registered second");
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    atexit(first);
    atexit(second);
    puts("main");
    fflush(stdout);
    if (strcmp(how, "exit") == 0)
        exit(300);
    if (strcmp(how, "_exit") == 0)
        _exit(17);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    assert(strcmp(how, "assert") != 0);
    return 3;
}
