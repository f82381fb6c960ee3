// SPDX-License-Identifier: 0BSD
// vfork: the child has the parent's memory, and the parent waits until it executes a program or ends.
#include "child_process.h"
#include <fcntl.h>

static volatile int shared, order;

static void child_changes_memory(void) {
    int own = 1;
    volatile int *on_the_stack = &own;
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        shared = 17;
        *on_the_stack = 18;
        order = order * 10 + 1;
        _exit(7);
    }
    order = order * 10 + 2;
    printf("the parent sees %d and %d, in order %d\n", shared, own, order);
    printf("status %d\n", WEXITSTATUS(end_of(child)));
}

static void child_executes(char **arguments) {
    char *again[] = {arguments[0], (char *)"executed", NULL};
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        shared = 20;
        execv("/proc/self/exe", again);
        _exit(99);
    }
    printf("after execve: %d\n", shared);
    printf("status %d\n", WEXITSTATUS(end_of(child)));
}

static void execve_fails(void) {
    char *none[] = {NULL};
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        execv("nothing-here", none);
        shared = errno;
        _exit(127);
    }
    printf("the child's errno in the parent: %d %d\n", shared, errno == ENOENT);
    printf("status %d\n", WEXITSTATUS(end_of(child)));
}

/// All but memory is the child's own.
static void what_is_not_shared(void) {
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        close(0);
        chdir("/");
        signal(SIGUSR1, SIG_IGN);
        _exit(0);
    }
    end_of(child);
    printf("descriptor 0 is open: %d\n", fcntl(0, F_GETFD) >= 0);
    printf("SIGUSR1 as before: %d\n", signal(SIGUSR1, SIG_DFL) == SIG_DFL);
}

static void child_is_killed(void) {
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        shared = 30;
        kill(getpid(), SIGKILL);
        _exit(0);
    }
    printf("killed: %d, the parent goes on with %d\n", WTERMSIG(end_of(child)), shared);
}

static void one_in_another(void) {
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        shared = 1;
        pid_t grandchild = vfork();
        if (grandchild == 0) {
            shared += 10;
            _exit(0);
        }
        shared += 100;
        _exit(grandchild > 0 ? 5 : 6);
    }
    printf("nested: %d, status %d\n", shared, WEXITSTATUS(end_of(child)));
}

int main(int count, char **arguments) {
    if (count > 1)
        return 42;
    child_changes_memory();
    child_executes(arguments);
    execve_fails();
    what_is_not_shared();
    child_is_killed();
    one_in_another();
    return 0;
}
