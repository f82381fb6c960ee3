// SPDX-License-Identifier: 0BSD
#pragma once

#include <sys/types.h>

// In ticks, of which a second has sysconf(_SC_CLK_TCK).
struct tms {
    clock_t tms_utime;
    clock_t tms_stime;
    clock_t tms_cutime;
    clock_t tms_cstime;
};

clock_t times(struct tms *out);
