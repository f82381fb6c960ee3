// SPDX-License-Identifier: 0BSD
// Reading files of /proc, for programs that look at what the kernel says of them.
#pragma once

#include <fcntl.h>

#include "memory_probe.h"

static inline char *contents(const char *path) {
    static char text[1 << 16];
    int file = open(path, O_RDONLY);
    int length = 0, got;
    while (file >= 0 && (got = (int)read(file, text + length, sizeof text - 1 - (unsigned)length)) > 0)
        length += got;
    text[length] = 0;
    close(file);
    return text;
}

/// The text behind "name:" in the file, up to the line's end.
static inline char *field(const char *path, const char *name) {
    static char value[256];
    char *at = contents(path);
    size_t length = strlen(name);
    while (at != NULL && !(strncmp(at, name, length) == 0 && at[length] == ':')) {
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    if (at == NULL)
        return strcpy(value, "none");
    at += length + 1;
    at += strspn(at, " \t");
    size_t end = strcspn(at, "\n");
    memcpy(value, at, end);
    value[end] = 0;
    return value;
}

static inline int number_of(const char *name) {
    return atoi(field("/proc/self/status", name));
}
