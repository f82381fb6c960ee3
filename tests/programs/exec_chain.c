// SPDX-License-Identifier: 0BSD
// A program that executes itself, by execve, by fork and execve, and by vfork and execve.
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int data = 1;

static int run(pid_t child, const char *step) {
    if (child == 0) {
        char *arguments[] = {"exec_chain", (char *)step, NULL}, *environment[] = {"STEP=set", NULL};
        execve("/proc/self/exe", arguments, environment);
        _exit(111);
    }
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int count, char **arguments, char **environment) {
    if (count > 1) {
        printf("step %s, %s, data %d\n", arguments[1], environment[0], data);
        if (arguments[1][0] == '3') {
            char *next[] = {"exec_chain", "2", NULL};
            fflush(stdout);
            execve("/proc/self/exe", next, environment);
        }
        return arguments[1][0];
    }
    data = 5;
    fflush(stdout);
    printf("fork: %d\n", run(fork(), "1"));
    fflush(stdout);
    printf("vfork: %d, data %d\n", run(vfork(), "1"), data);
    fflush(stdout);
    printf("twice: %d\n", run(fork(), "3"));
    char *none[] = {NULL};
    int result = execve("/no/such/program", none, none);
    printf("missing: %d, %s\n", result, strerror(errno));
    result = execve("/tmp", none, none);
    printf("directory: %d, %s\n", result, strerror(errno));
    for (int i = 0; i < 30; i++)
        if (run(vfork(), "1") != '1')
            return 1;
    return 0;
}
