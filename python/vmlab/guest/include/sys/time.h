// SPDX-License-Identifier: 0BSD
#pragma once

#include <sys/select.h>

#define ITIMER_REAL 0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF 2

struct itimerval {
    struct timeval it_interval;
    struct timeval it_value;
};

int getitimer(int which, struct itimerval *out);
int setitimer(int which, const struct itimerval *wanted, struct itimerval *old);
int gettimeofday(struct timeval *out, void *zone);
