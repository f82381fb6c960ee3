// SPDX-License-Identifier: 0BSD
// Streams. Standard output is written a line at a time wherever it goes, so that a program's lines come out even when
// it is killed at the next fault; standard error goes out as it comes.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

enum buffering { BY_BLOCK, BY_LINE, AT_ONCE };

// A stream reads or writes through its one buffer; the bytes from `start` to `end` are not yet read, or not yet
// written. Opened ones are on a list that exit flushes.
struct __file {
    int fd;
    enum buffering buffering;
    int writing, at_end, failed;
    size_t start, end;
    struct __file *next;
    char buffer[BUFSIZ];
};

static struct __file input = {.fd = 0};
static struct __file output = {.fd = 1, .buffering = BY_LINE};
static struct __file errors = {.fd = 2, .buffering = AT_ONCE};
static struct __file *opened;

FILE *const stdin = &input;
FILE *const stdout = &output;
FILE *const stderr = &errors;

static void flush_all(void) {
    fflush(stdout);
    for (struct __file *file = opened; file != NULL; file = file->next)
        fflush(file);
}

int fflush(FILE *file) {
    if (file == NULL) {
        flush_all();
        return 0;
    }
    while (file->writing && file->start < file->end) {
        ssize_t count = write(file->fd, file->buffer + file->start, file->end - file->start);
        if (count < 0) {
            file->failed = 1;
            return EOF;
        }
        file->start += (size_t)count;
    }
    if (file->writing)
        file->start = file->end = 0;
    return 0;
}

static int put_byte(FILE *file, char c) {
    __flush_on_exit = flush_all;
    if (!file->writing) {
        file->writing = 1;
        file->start = file->end = 0;
    }
    if (file->end == BUFSIZ && fflush(file) < 0)
        return EOF;
    file->buffer[file->end++] = c;
    return file->buffering == BY_LINE && c == '\n' ? fflush(file) : 0;
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
    const char *bytes = data;
    for (size_t i = 0; i < size * count; i++)
        if (put_byte(file, bytes[i]) < 0)
            return i / size;
    if (file->buffering == AT_ONCE)
        fflush(file);
    return count;
}

int fputc(int c, FILE *file) {
    char byte = (char)c;
    return fwrite(&byte, 1, 1, file) == 1 ? (unsigned char)c : EOF;
}

int putc(int c, FILE *file) {
    return fputc(c, file);
}

int putchar(int c) {
    return fputc(c, stdout);
}

int fputs(const char *text, FILE *file) {
    size_t length = strlen(text);
    return fwrite(text, 1, length, file) == length ? 0 : EOF;
}

int puts(const char *text) {
    return fputs(text, stdout) == 0 && putchar('\n') == '\n' ? 0 : EOF;
}

void perror(const char *text) {
    int number = errno;
    if (text != NULL && *text != '\0')
        fprintf(stderr, "%s: %s\n", text, strerror(number));
    else
        fprintf(stderr, "%s\n", strerror(number));
}

static int fill(FILE *file) {
    fflush(file);
    file->writing = 0;
    file->start = file->end = 0;
    ssize_t count = read(file->fd, file->buffer, BUFSIZ);
    if (count <= 0) {
        *(count == 0 ? &file->at_end : &file->failed) = 1;
        return EOF;
    }
    file->end = (size_t)count;
    return 0;
}

int fgetc(FILE *file) {
    if ((file->writing || file->start == file->end) && fill(file) < 0)
        return EOF;
    return (unsigned char)file->buffer[file->start++];
}

int getc(FILE *file) {
    return fgetc(file);
}

int getchar(void) {
    return fgetc(stdin);
}

int ungetc(int c, FILE *file) {
    if (c == EOF || file->writing || file->start == 0)
        return EOF;
    file->buffer[--file->start] = (char)c;
    file->at_end = 0;
    return (unsigned char)c;
}

char *fgets(char *out, int size, FILE *file) {
    int count = 0;
    while (count < size - 1) {
        int c = fgetc(file);
        if (c == EOF)
            break;
        out[count++] = (char)c;
        if (c == '\n')
            break;
    }
    if (count == 0)
        return NULL;
    out[count] = '\0';
    return out;
}

size_t fread(void *out, size_t size, size_t count, FILE *file) {
    char *bytes = out;
    for (size_t i = 0; i < size * count; i++) {
        int c = fgetc(file);
        if (c == EOF)
            return i / size;
        bytes[i] = (char)c;
    }
    return count;
}

static int open_flags(const char *mode) {
    int update = strchr(mode, '+') != NULL;
    switch (mode[0]) {
    case 'r': return update ? O_RDWR : O_RDONLY;
    case 'w': return (update ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC;
    case 'a': return (update ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND;
    default: return -1;
    }
}

FILE *fopen(const char *path, const char *mode) {
    int flags = open_flags(mode);
    if (flags < 0) {
        errno = EINVAL;
        return NULL;
    }
    int fd = open(path, flags, 0666);
    if (fd < 0)
        return NULL;
    FILE *file = calloc(1, sizeof *file);
    if (file == NULL) {
        close(fd);
        return NULL;
    }
    file->fd = fd;
    file->next = opened;
    opened = file;
    return file;
}

int fclose(FILE *file) {
    int result = fflush(file);
    if (close(file->fd) < 0)
        result = EOF;
    for (struct __file **link = &opened; *link != NULL; link = &(*link)->next) {
        if (*link == file) {
            *link = file->next;
            free(file);
            break;
        }
    }
    return result;
}

int feof(FILE *file) {
    return file->at_end;
}

int ferror(FILE *file) {
    return file->failed;
}

int fileno(FILE *file) {
    return file->fd;
}
