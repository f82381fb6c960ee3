// SPDX-License-Identifier: 0BSD
// RLIMIT_STACK: how far the stack grows, and how long arguments may be.
#include <signal.h>

#include "limit_probe.h"

static char *volatile frame_of_last;

static unsigned deep(unsigned pages) {
    char frame[PAGE];
    frame_of_last = frame; // so that each call has a frame of its own
    frame_of_last[pages % PAGE] = 1;
    return pages == 0 ? 0 : deep(pages - 1) + (unsigned)frame[pages % PAGE];
}

static int ends_of(unsigned pages) {
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        _exit(deep(pages) != pages);
    }
    waitpid(child, &status, 0);
    return status;
}

/// The error of executing this program with so many bytes of arguments, or 0.
static int execute(unsigned bytes) {
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        enum { EACH = 100000 };
        static char text[EACH];
        static char *arguments[100];
        memset(text, 'x', EACH - 1);
        unsigned count = 0;
        arguments[count++] = "again";
        for (; bytes > EACH; bytes -= EACH)
            arguments[count++] = text;
        arguments[count++] = text + EACH - 1 - bytes % EACH;
        char *none[] = {NULL};
        _exit(-CALL(11, P("/proc/self/exe"), P(arguments), P(none)));
    }
    waitpid(child, &status, 0);
    return status & 0x7f ? -(status & 0x7f) : status >> 8;
}

int main(int count, char **arguments) {
    (void)arguments;
    if (count > 1)
        return 0;
    set_limit(STACK, 8 << 20, UNLIMITED);
    printf("8 MiB: %d %d\n", ends_of(1900), ends_of(2100));
    set_limit(STACK, 2 << 20, UNLIMITED);
    printf("2 MiB: %d %d\n", ends_of(450), ends_of(600));
    set_limit(STACK, 12 << 20, UNLIMITED);
    printf("12 MiB: %d %d\n", ends_of(2900), ends_of(3200));
    set_limit(STACK, 64 << 10, UNLIMITED);
    printf("64 KiB: %d %d\n", ends_of(4), ends_of(100));
    set_limit(STACK, 8 << 20, UNLIMITED);
    printf("arguments of 1.9 MB: %d, of 2.2 MB: %d\n", execute(1900000), execute(2200000));
    set_limit(STACK, 4 << 20, UNLIMITED);
    printf("with 4 MiB of 0.9 MB: %d, of 1.2 MB: %d\n", execute(900000), execute(1200000));
    set_limit(STACK, 256 << 10, UNLIMITED);
    printf("with 256 KiB of 0.11 MB: %d, of 0.19 MB: %d\n", execute(110000), execute(190000));
    set_limit(STACK, 64 << 20, UNLIMITED);
    printf("with 64 MiB of 6.1 MB: %d, of 6.5 MB: %d\n", execute(6100000), execute(6500000));
    return 0;
}
