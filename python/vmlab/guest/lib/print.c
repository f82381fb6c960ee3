// SPDX-License-Identifier: 0BSD
// The printf family: the same conversions into a stream, a descriptor or memory.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

struct stream_sink {
    struct sink base;
    FILE *file;
};

static void put_stream(struct sink *sink, const char *text, size_t count) {
    sink->total += fwrite(text, 1, count, ((struct stream_sink *)sink)->file);
}

int vfprintf(FILE *file, const char *format, va_list arguments) {
    struct stream_sink sink = {{put_stream, 0}, file};
    __format(&sink.base, format, arguments);
    return (int)sink.base.total;
}

struct memory_sink {
    struct sink base;
    char *out;
    size_t size;
};

static void put_memory(struct sink *sink, const char *text, size_t count) {
    struct memory_sink *memory = (struct memory_sink *)sink;
    if (sink->total < memory->size) {
        size_t room = memory->size - sink->total;
        memcpy(memory->out + sink->total, text, count < room ? count : room);
    }
    sink->total += count;
}

int vsnprintf(char *out, size_t size, const char *format, va_list arguments) {
    struct memory_sink sink = {{put_memory, 0}, out, size};
    __format(&sink.base, format, arguments);
    if (size > 0)
        out[sink.base.total < size ? sink.base.total : size - 1] = '\0';
    return (int)sink.base.total;
}

struct descriptor_sink {
    struct sink base;
    int fd;
    size_t used;
    char buffer[256];
};

static void flush_descriptor(struct descriptor_sink *sink) {
    write(sink->fd, sink->buffer, sink->used);
    sink->used = 0;
}

static void put_descriptor(struct sink *sink, const char *text, size_t count) {
    struct descriptor_sink *to = (struct descriptor_sink *)sink;
    for (size_t i = 0; i < count; i++) {
        if (to->used == sizeof to->buffer)
            flush_descriptor(to);
        to->buffer[to->used++] = text[i];
    }
    sink->total += count;
}

int vdprintf(int fd, const char *format, va_list arguments) {
    struct descriptor_sink sink = {.base = {put_descriptor, 0}, .fd = fd};
    __format(&sink.base, format, arguments);
    if (sink.used > 0)
        flush_descriptor(&sink);
    return (int)sink.base.total;
}

int vprintf(const char *format, va_list arguments) {
    return vfprintf(stdout, format, arguments);
}

int printf(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vfprintf(stdout, format, arguments);
    va_end(arguments);
    return count;
}

int fprintf(FILE *file, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vfprintf(file, format, arguments);
    va_end(arguments);
    return count;
}

int dprintf(int fd, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vdprintf(fd, format, arguments);
    va_end(arguments);
    return count;
}

int snprintf(char *out, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(out, size, format, arguments);
    va_end(arguments);
    return count;
}

int sprintf(char *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(out, INT32_MAX, format, arguments);
    va_end(arguments);
    return count;
}
