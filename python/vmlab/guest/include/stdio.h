// SPDX-License-Identifier: 0BSD
#pragma once

#include <stdarg.h>
#include <stddef.h>

#define EOF (-1)
#define BUFSIZ 1024

typedef struct __file FILE;

extern FILE *const stdin;
extern FILE *const stdout;
extern FILE *const stderr;

// Conversions: d i u x X o c s p f % with flags - 0 + space #, width, precision, and hh h l ll z t j.
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fprintf(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
int dprintf(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
int sprintf(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
int snprintf(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vprintf(const char *format, va_list arguments);
int vfprintf(FILE *file, const char *format, va_list arguments);
int vdprintf(int fd, const char *format, va_list arguments);
int vsnprintf(char *out, size_t size, const char *format, va_list arguments);

int puts(const char *text);
int fputs(const char *text, FILE *file);
int putchar(int c);
int fputc(int c, FILE *file);
int putc(int c, FILE *file);
int getchar(void);
int fgetc(FILE *file);
int getc(FILE *file);
int ungetc(int c, FILE *file);
char *fgets(char *out, int size, FILE *file);
size_t fread(void *out, size_t size, size_t count, FILE *file);
size_t fwrite(const void *data, size_t size, size_t count, FILE *file);
FILE *fopen(const char *path, const char *mode);
int rename(const char *from, const char *to);
int fclose(FILE *file);
int fflush(FILE *file);
int feof(FILE *file);
int ferror(FILE *file);
int fileno(FILE *file);
void perror(const char *text);
