// SPDX-License-Identifier: 0BSD
#pragma once

#include <sys/types.h>

#define FD_SETSIZE 1024

struct timeval {
    time_t tv_sec;
    long tv_usec;
};

typedef struct {
    unsigned long words[FD_SETSIZE / 32];
} fd_set;

#define FD_ZERO(set)                                       \
    do {                                                   \
        for (int word = 0; word < FD_SETSIZE / 32; word++) \
            (set)->words[word] = 0;                        \
    } while (0)
#define FD_SET(fd, set) ((set)->words[(fd) / 32] |= 1UL << (fd) % 32)
#define FD_CLR(fd, set) ((set)->words[(fd) / 32] &= ~(1UL << (fd) % 32))
#define FD_ISSET(fd, set) ((set)->words[(fd) / 32] >> (fd) % 32 & 1)

int select(int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout);
