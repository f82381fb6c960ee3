// SPDX-License-Identifier: 0BSD
// The calls about limits, for programs that set some.
#pragma once

#include "memory_probe.h"

enum { NR_SETRLIMIT = 75, NR_GETRLIMIT = 76, NR_UGETRLIMIT = 191, NR_PRLIMIT64 = 340 };
enum { CPU, FILE_SIZE, DATA, STACK, CORE, RESIDENT, PROCESSES, FILES, LOCKED, ADDRESS_SPACE, LOCKS };
enum { PENDING = 11, QUEUES, NICE, PRIORITY, REALTIME, LIMITS };
#define UNLIMITED 0xffffffffu

struct limit {
    unsigned current, maximum;
};

static inline int set_limit(unsigned resource, unsigned current, unsigned maximum) {
    struct limit limit = {current, maximum};
    return CALL(NR_SETRLIMIT, resource, P(&limit));
}

static inline struct limit get_limit(unsigned resource) {
    struct limit limit = {77, 77};
    CALL(NR_UGETRLIMIT, resource, P(&limit));
    return limit;
}

static inline void show_limit(const char *what, unsigned resource) {
    struct limit limit = get_limit(resource);
    printf("%s: %d %d\n", what, (int)limit.current, (int)limit.maximum);
}
