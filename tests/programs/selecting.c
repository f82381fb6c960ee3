// SPDX-License-Identifier: 0BSD
// select: sets of descriptors in and out, times, errors, and a child that wakes its parent.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"

static fd_set in, out, other;

static void clear(void) {
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&other);
}

static void show(const char *what, int result) {
    printf("%s: %d %s: in %lx out %lx other %lx\n", what, result, result < 0 ? strerror(errno) : "", in.words[0],
           out.words[0], other.words[0]);
}

int main(void) {
    int ends[2];
    char byte;
    struct timeval time = {0, 0};
    pipe(ends);
    clear();
    FD_SET(ends[0], &in);
    FD_SET(ends[1], &out);
    FD_SET(ends[0], &other);
    show("fresh", select(ends[1] + 1, &in, &out, &other, NULL));
    clear();
    FD_SET(ends[0], &in);
    show("at once", select(ends[1] + 1, &in, NULL, NULL, &time));
    FD_SET(ends[0], &in);
    time.tv_usec = 20000;
    show("in 20 ms", select(ends[1] + 1, &in, NULL, NULL, &time));
    printf("left %d %d\n", (int)time.tv_sec, (int)time.tv_usec);
    write(ends[1], "ab", 2);
    FD_SET(ends[0], &in);
    time.tv_sec = 5;
    show("with bytes", select(ends[1] + 1, &in, NULL, NULL, &time));
    printf("most is left: %d\n", time.tv_sec == 4 || time.tv_sec == 5);
    clear();
    FD_SET(ends[0], &in);
    FD_SET(ends[1], &in);
    show("too few looked at", select(ends[0], &in, &out, NULL, &time));
    clear();
    FD_SET(50, &out);
    show("not open", select(51, &in, &out, NULL, NULL));
    show("negative count", select(-1, &in, &out, NULL, NULL));
    show("set not there", select(4, (fd_set *)0x20000000, NULL, NULL, NULL));
    show("time not there", select(4, NULL, NULL, NULL, (struct timeval *)0x20000000));
    time.tv_sec = -1;
    show("negative time", select(4, NULL, NULL, NULL, &time));
    unsigned words[5] = {4, P(&in), 0, 0, P(&time)};
    clear();
    FD_SET(ends[0], &in);
    time.tv_sec = 1;
    show("the old call", CALL(82, P(words)));
    int nanoseconds[2] = {0, 1000000};
    show("pselect6", CALL(308, 0, 0, 0, 0, P(nanoseconds), 0));
    unsigned mask[2] = {0x20000000, 8};
    show("pselect6, mask not there", CALL(308, 0, 0, 0, 0, P(nanoseconds), P(mask)));
    mask[1] = 4;
    show("pselect6, mask too small", CALL(308, 0, 0, 0, 0, P(nanoseconds), P(mask)));

    read(ends[0], &byte, 1);
    read(ends[0], &byte, 1);
    fflush(stdout);
    if (fork() == 0) {
        for (volatile int spin = 0; spin < 300000; spin++)
            ;
        write(ends[1], "x", 1);
        _exit(0);
    }
    close(ends[1]);
    clear();
    FD_SET(ends[0], &in);
    show("woken", select(ends[0] + 1, &in, NULL, NULL, NULL));
    wait(NULL);
    read(ends[0], &byte, 1);
    show("at the end", select(ends[0] + 1, &in, NULL, NULL, NULL));
    pipe(ends);
    close(ends[0]);
    clear();
    FD_SET(ends[1], &out);
    show("nobody reads", select(ends[1] + 1, NULL, &out, NULL, NULL));
    return 0;
}
