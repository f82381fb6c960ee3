// SPDX-License-Identifier: 0BSD
// From the entry point to main and out again: exit, atexit, getenv, assert, abort.
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define EXIT_FUNCTIONS 32

int errno;
char **environ;
void (*__flush_on_exit)(void);

static void (*exit_functions[EXIT_FUNCTIONS])(void);
static unsigned int exit_count;

int main(int argc, char **argv, char **envp);

void __start(int argc, char **argv, char **envp) {
    environ = envp;
    exit(main(argc, argv, envp));
}

int atexit(void (*function)(void)) {
    if (exit_count == EXIT_FUNCTIONS)
        return -1;
    exit_functions[exit_count++] = function;
    return 0;
}

void exit(int status) {
    while (exit_count > 0)
        exit_functions[--exit_count]();
    if (__flush_on_exit != NULL)
        __flush_on_exit();
    _exit(status);
}

void _Exit(int status) {
    _exit(status);
}

void abort(void) {
    raise(SIGABRT);
    _exit(127);
}

void __assert_failed(const char *text, const char *file, int line, const char *function) {
    fprintf(stderr, "%s:%d: %s: Assertion `%s' failed.\n", file, line, function, text);
    abort();
}

char *getenv(const char *name) {
    size_t length = strlen(name);
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}
