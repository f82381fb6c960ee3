// SPDX-License-Identifier: 0BSD
// SHOW: prints a call as it is written, what it returned, and the error where that is negative.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SHOW(...)                                                                         \
    do {                                                                                  \
        int shown = (int)(__VA_ARGS__);                                                   \
        printf("%s = %d (%s)\n", #__VA_ARGS__, shown, shown < 0 ? strerror(errno) : "-"); \
    } while (0)
