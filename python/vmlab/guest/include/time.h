// SPDX-License-Identifier: 0BSD
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

time_t time(time_t *out);
int clock_gettime(int clock, struct timespec *out);
int nanosleep(const struct timespec *wanted, struct timespec *left);
