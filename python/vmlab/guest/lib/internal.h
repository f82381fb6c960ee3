// SPDX-License-Identifier: 0BSD
// What the library's files share among themselves.
#pragma once

#include <stdarg.h>
#include <stddef.h>

// Set by stdio once it holds something to write, so that a program without stdio does not link it.
extern void (*__flush_on_exit)(void);

// Where formatted text goes, a piece at a time.
struct sink {
    void (*put)(struct sink *sink, const char *text, size_t count);
    size_t total;
};

void __format(struct sink *sink, const char *format, va_list arguments);

// Writes `value` with `precision` decimals as %f does, exactly, and returns the length; out needs DECIMAL_ROOM bytes.
#define DECIMAL_ROOM 1500
size_t __format_decimal(double value, unsigned int precision, char *out);
