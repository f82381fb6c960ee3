// SPDX-License-Identifier: 0BSD
// What execve keeps and what it does not: descriptors, signals pending, blocked, ignored and handled, timers, niceness.
#include "child_process.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

static void handler(int number) {
    (void)number;
}

static int is_ignored(int number) {
    struct sigaction action;
    sigaction(number, NULL, &action);
    return action.sa_handler == SIG_IGN ? 1 : action.sa_handler == SIG_DFL ? 0 : 2;
}

static void prepare(void) {
    struct itimerval timer = {{0, 0}, {100, 0}};
    const stack_t stack = {.ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ};
    open("kept", O_RDWR | O_CREAT | O_TRUNC, 0600); // 3
    open("kept", O_RDWR | O_CLOEXEC);               // 4
    dup2(4, 5);                                     // the flag is the descriptor's: 5 has none
    fcntl(3, F_DUPFD_CLOEXEC, 6);
    write(3, "abcdef", 6);
    handle_with(SIGUSR1, handler, SA_RESTART);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    sigaltstack(&stack, NULL);
    change_mask(SIG_BLOCK, SIGTERM);
    change_mask(SIG_BLOCK, SIGHUP);
    raise(SIGTERM);
    setitimer(ITIMER_REAL, &timer, NULL);
    setpriority(PRIO_PROCESS, 0, 5);
    umask(031);
    mkdir("place", 0700);
    chdir("place");
}

static int look(int count, char **arguments) {
    char place[512];
    struct itimerval timer;
    stack_t stack;
    getitimer(ITIMER_REAL, &timer);
    sigaltstack(NULL, &stack);
    printf("arguments %d: %s\n", count, arguments[1]);
    printf("descriptors: %d %d %d %d\n", fcntl(3, F_GETFD), result_of(fcntl(4, F_GETFD)), fcntl(5, F_GETFD),
           result_of(fcntl(6, F_GETFD)));
    printf("offset %ld\n", lseek(3, 0, SEEK_CUR));
    printf("blocked %d %d %d, pending %d %d\n", is_blocked(SIGTERM), is_blocked(SIGHUP), is_blocked(SIGUSR1),
           is_pending(SIGTERM), is_pending(SIGHUP));
    printf("actions: %d %d %d\n", is_ignored(SIGUSR1), is_ignored(SIGUSR2), is_ignored(SIGCHLD));
    printf("no stack for handlers: %d\n", stack.ss_flags == SS_DISABLE);
    printf("the alarm goes on: %d\n", timer.it_value.tv_sec >= 90 && timer.it_value.tv_sec <= 100);
    printf("niceness %d, mask %o\n", getpriority(PRIO_PROCESS, 0), umask(0));
    printf("same process: %d\n", atoi(arguments[2]) == getpid());
    getcwd(place, sizeof place);
    printf("in %s\n", strrchr(place, '/'));
    handle_with(SIGTERM, handler, 0);
    change_mask(SIG_UNBLOCK, SIGTERM);
    printf("pending no more: %d\n", is_pending(SIGTERM));
    return 0;
}

int main(int count, char **arguments) {
    if (count > 1)
        return look(count, arguments);
    pid_t child = start_child();
    if (child == 0) {
        char number[16];
        char *again[] = {arguments[0], (char *)"second", number, NULL};
        prepare();
        snprintf(number, sizeof number, "%d", getpid());
        execv("/proc/self/exe", again);
        _exit(9);
    }
    printf("status %x\n", (unsigned)end_of(child));
    unlink("kept");
    rmdir("place");
    return 0;
}
