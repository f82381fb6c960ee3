// SPDX-License-Identifier: 0BSD
// clone: each flag shares one thing with the child, and leaves the rest its own.
#include "child_process.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define STACK 65536

static volatile int value;
static int parent_tid, child_tid;

static int change_all(void *argument) {
    (void)argument;
    value = 5;
    close(7);
    chdir("below");
    umask(077);
    signal(SIGUSR2, SIG_IGN);
    return 11;
}

static char *new_stack(void) {
    return (char *)mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + STACK;
}

static void what_is_shared(const char *what, int flags) {
    char start[512], place[512];
    value = 1;
    dup2(1, 7);
    signal(SIGUSR2, SIG_DFL);
    umask(022);
    getcwd(start, sizeof start);
    fflush(stdout);
    pid_t child = clone(change_all, new_stack(), flags | SIGCHLD, NULL);
    int status = child > 0 ? end_of(child) : -1;
    getcwd(place, sizeof place);
    int closed = fcntl(7, F_GETFD) < 0, moved = strcmp(start, place) != 0;
    mode_t mask = umask(022);
    int ignored = signal(SIGUSR2, SIG_DFL) == SIG_IGN;
    printf("%s: status %d, memory %d, files %d, place %d %d, actions %d\n", what, WEXITSTATUS(status), value == 5,
           closed, moved, mask == 077, ignored);
    chdir(start);
}

static int tell_ids(void *argument) {
    *(int *)argument = child_tid == getpid();
    return 0;
}

static void ids(void) {
    int told = 0;
    pid_t child = clone(tell_ids, new_stack(), CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, &told,
                        &parent_tid, NULL, &child_tid);
    end_of(child);
    printf("the parent was told %d, the child %d\n", parent_tid == child, told);
    child = clone(tell_ids, new_stack(), CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, &told, NULL,
                  NULL, &child_tid);
    end_of(child);
    printf("cleared at its end: %d\n", child_tid);
}

static int say_parent(void *argument) {
    *(int *)argument = getppid();
    return 21;
}

/// With CLONE_PARENT it is the caller's sibling.
static void siblings(void) {
    int *told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = start_child();
    if (child == 0) {
        pid_t sibling = clone(say_parent, new_stack(), CLONE_PARENT | SIGCHLD, told);
        end_child(waitpid(sibling, NULL, 0) == -1 && errno == ECHILD ? 1 : 0);
    }
    int first = 0, second = 0;
    pid_t one = wait(&first), other = wait(&second);
    int sibling_status = one == child ? second : first;
    printf("a sibling is not the caller's: %d\n", WEXITSTATUS(one == child ? first : second));
    printf("but mine: %d, status %d, parent %d\n", one > 0 && other > 0, WEXITSTATUS(sibling_status),
           *told == getpid());
}

static int quiet(void *argument) {
    (void)argument;
    return 3;
}

/// A child that sends no SIGCHLD at its end is seen by those who ask for such.
static void without_a_signal(void) {
    int status = 0;
    pid_t child = clone(quiet, new_stack(), CLONE_VM, NULL);
    rest(50);
    printf("for wait: %d\n", result_of(waitpid(child, &status, WNOHANG)));
    printf("with __WCLONE: %d, status %d\n", waitpid(child, &status, __WCLONE) == child, WEXITSTATUS(status));
    signal(SIGUSR1, SIG_IGN);
    child = clone(quiet, new_stack(), CLONE_VM | SIGUSR1, NULL);
    printf("with __WALL: %d, status %d\n", waitpid(child, &status, __WALL) == child, WEXITSTATUS(status));
    child = clone(quiet, new_stack(), CLONE_VM | SIGCHLD, NULL);
    printf("an ordinary one with __WCLONE: %d\n", result_of(waitpid(child, &status, __WCLONE)));
    end_of(child);
}

int main(void) {
    mkdir("below", 0755);
    what_is_shared("nothing", 0);
    what_is_shared("memory", CLONE_VM);
    what_is_shared("files", CLONE_FILES);
    what_is_shared("place", CLONE_FS);
    what_is_shared("memory and actions", CLONE_VM | CLONE_SIGHAND);
    what_is_shared("all", CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND);
    what_is_shared("as vfork", CLONE_VM | CLONE_VFORK);
    printf("actions without memory: %d\n", result_of(clone(quiet, new_stack(), CLONE_SIGHAND | SIGCHLD, NULL)));
    printf("a thread without actions: %d\n", result_of(clone(quiet, new_stack(), CLONE_VM | CLONE_THREAD, NULL)));
    ids();
    siblings();
    without_a_signal();
    rmdir("below");
    return 0;
}
