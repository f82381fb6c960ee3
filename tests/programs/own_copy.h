// SPDX-License-Identifier: 0BSD
// The program that runs, as a file that it makes.
#pragma once

#include <fcntl.h>
#include <unistd.h>

// What was executed is copied, so that its name is short and the same everywhere.
static void copy_self(const char *name) {
    static char buffer[65536];
    int from = open("/proc/self/exe", O_RDONLY), to = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0755);
    for (ssize_t bytes; (bytes = read(from, buffer, sizeof buffer)) > 0;)
        write(to, buffer, (size_t)bytes);
    close(from);
    close(to);
}
