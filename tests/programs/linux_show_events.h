// SPDX-License-Identifier: 0BSD
// show_poll: prints what a file is ready for, now or after so many milliseconds.
#pragma once

#include <poll.h>
#include <stdio.h>

static inline void show_poll(const char *what, int fd, int milliseconds) {
    struct pollfd one = {fd, -1, 0};
    int found = poll(&one, 1, milliseconds);
    printf("%s: %d %x\n", what, found, (unsigned short)one.revents);
}

static inline void show_events(const char *what, int fd) {
    show_poll(what, fd, 0);
}
