// SPDX-License-Identifier: 0BSD
// Processes: a child with memory of its own, its status, a pipe between the two, and vfork.
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int shared = 1;

int main(void) {
    int ends[2], status;
    char line[32] = "";
    if (pipe(ends) != 0)
        return 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        shared = 2;
        int done = write(ends[1], "from the child", 14) == 14;
        _exit(done ? 41 + (getppid() > 0) : 0);
    }
    close(ends[1]);
    ssize_t count = read(ends[0], line, sizeof line);
    printf("%d bytes: %s\n", (int)count, line);
    printf("waited for it: %d,", waitpid(child, &status, 0) == child);
    printf(" exited %d with %d; ours is still %d\n", WIFEXITED(status), WEXITSTATUS(status), shared);
    pid_t none = wait(&status);
    printf("no more: %d, %s\n", (int)none, strerror(errno));
    fflush(stdout);
    child = vfork();
    if (child == 0)
        _exit(5);
    waitpid(child, &status, 0);
    printf("vfork: %d\n", WEXITSTATUS(status));
    return 0;
}
