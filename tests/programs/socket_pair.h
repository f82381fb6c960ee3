// SPDX-License-Identifier: 0BSD
// pair: two sockets that are each other's other end, made anew for each probe.
#pragma once

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int pair[2];

static inline void make(int type) {
    if (socketpair(AF_UNIX, type, 0, pair) != 0)
        exit(1);
}

static inline void drop(void) {
    close(pair[0]);
    close(pair[1]);
}
