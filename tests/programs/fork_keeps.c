// SPDX-License-Identifier: 0BSD
// What a child has from its parent, and what it begins anew: offsets are shared, flags of descriptors are its own,
// signals that are pending and timers stay the parent's.
#include "child_process.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

static volatile int handled;

static void handler(int number) {
    handled = number;
}

int main(void) {
    struct itimerval timer = {{0, 0}, {100, 0}}, left;
    static char handlers_stack[SIGSTKSZ];
    const stack_t stack = {.ss_sp = handlers_stack, .ss_size = sizeof handlers_stack};
    stack_t seen;
    int file = open("shared", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(file, "0123456789", 10);
    lseek(file, 2, SEEK_SET);
    fcntl(file, F_SETFD, FD_CLOEXEC);
    handle_with(SIGUSR1, handler, 0);
    sigaltstack(&stack, NULL);
    change_mask(SIG_BLOCK, SIGUSR1);
    raise(SIGUSR1);
    setitimer(ITIMER_REAL, &timer, NULL);
    setpriority(PRIO_PROCESS, 0, 3);
    umask(027);
    pid_t child = start_child();
    if (child == 0) {
        char text[4] = {0};
        getitimer(ITIMER_REAL, &left);
        sigaltstack(NULL, &seen);
        printf("blocked %d, pending %d\n", is_blocked(SIGUSR1), is_pending(SIGUSR1));
        printf("no timer: %d\n", left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0);
        printf("the same stack for handlers: %d\n", seen.ss_sp == handlers_stack && seen.ss_size == SIGSTKSZ);
        printf("niceness %d, mask %o\n", getpriority(PRIO_PROCESS, 0), umask(0));
        read(file, text, 3);
        printf("read %s, flag %d\n", text, fcntl(file, F_GETFD));
        fcntl(file, F_SETFD, 0);
        fcntl(file, F_SETFL, O_APPEND);
        change_mask(SIG_UNBLOCK, SIGUSR1);
        raise(SIGUSR1);
        printf("handled here, too: %d\n", handled == SIGUSR1);
        setpriority(PRIO_PROCESS, 0, 7);
        end_child(0);
    }
    end_of(child);
    printf("the offset moved: %ld\n", lseek(file, 0, SEEK_CUR));
    printf("the flag is my own: %d, the status flags are shared: %d\n", fcntl(file, F_GETFD),
           (fcntl(file, F_GETFL) & O_APPEND) != 0);
    printf("niceness %d, mask %o, pending %d, handled %d\n", getpriority(PRIO_PROCESS, 0), umask(0),
           is_pending(SIGUSR1), handled);
    getitimer(ITIMER_REAL, &left);
    printf("the timer goes on: %d\n", left.it_value.tv_sec >= 90);
    change_mask(SIG_UNBLOCK, SIGUSR1);
    printf("handled %d\n", handled == SIGUSR1);
    unlink("shared");
    return 0;
}
