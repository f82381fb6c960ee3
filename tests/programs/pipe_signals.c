// SPDX-License-Identifier: 0BSD
// Signals that come while a process waits for a pipe, a FIFO, poll or select: interrupted, or begun again.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"

static int ends[2], handled;
static char data[100000];

static void on_signal(int number) {
    handled += number == SIGUSR1;
}

static void show(const char *what, long result) {
    printf("%s: %ld %s, handled %d\n", what, result, result < 0 ? strerror(errno) : "", handled);
    handled = 0;
}

static void handle_with(int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, NULL);
}

// A child that waits until its parent is surely asleep, sends the signal, and then does what ends the wait.
static pid_t begin(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct pollfd none = {-1, 0, 0};
        poll(&none, 1, 50);
        kill(getppid(), SIGUSR1);
        poll(&none, 1, 50);
    }
    return child;
}

static void reading(int flags) {
    handle_with(flags);
    if (begin() == 0) {
        write(ends[1], "x", 1);
        _exit(0);
    }
    show("read", read(ends[0], data, 10));
    wait(NULL);
    if (flags == 0)
        show("what was left", read(ends[0], data, 10));
}

static void writing(int flags) {
    handle_with(flags);
    if (begin() == 0) {
        for (int left = 100000; left > 0;)
            left -= (int)read(ends[0], data, sizeof data);
        _exit(0);
    }
    int written = (int)write(ends[1], data, 100000);
    show("write", written);
    if (written < 100000)
        show("the rest", write(ends[1], data, (size_t)(100000 - written)));
    wait(NULL);
}

static void polling(int flags) {
    struct pollfd list = {ends[0], POLLIN, 0};
    fd_set in;
    handle_with(flags);
    if (begin() == 0)
        _exit(0);
    show("poll", poll(&list, 1, 300));
    wait(NULL);
    if (begin() == 0)
        _exit(0);
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    struct timeval time = {0, 300000};
    show("select", select(ends[0] + 1, &in, NULL, NULL, &time));
    printf("some time is left: %d\n", time.tv_usec > 0 && time.tv_usec < 300000);
    wait(NULL);
}

static void masked(void) {
    struct pollfd list = {ends[0], POLLIN, 0};
    unsigned open_mask[2] = {0, 0}, shut_mask[2] = {1u << (SIGUSR1 - 1), 0};
    sigset_t set;
    handle_with(0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    show("blocked", 0);
    int wanted[2] = {0, 20000000};
    int result = CALL(309, P(&list), 1, P(wanted), P(shut_mask), 8);
    show("ppoll, still blocked", result);
    write(ends[1], "x", 1);
    result = CALL(309, P(&list), 1, P(wanted), P(open_mask), 8);
    show("ppoll, ready", result);
    read(ends[0], data, 1);
    wanted[1] = 20000000;
    result = CALL(309, P(&list), 1, P(wanted), P(open_mask), 8);
    printf("ppoll: %d, handled %d\n", result, handled);
    handled = 0;
    raise(SIGUSR1);
    show("blocked again", 0);
    unsigned argument[2] = {P(open_mask), 8};
    result = CALL(308, 0, 0, 0, 0, P(wanted), P(argument));
    printf("pselect: %d, handled %d\n", result, handled);
    handled = 0;
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    show("nothing was left", 0);
}

static void opening(int flags) {
    handle_with(flags);
    if (begin() == 0) {
        int fd = open("fifo", O_WRONLY | O_NONBLOCK);
        _exit(fd < 0 ? 2 : 3);
    }
    int fd = open("fifo", O_RDONLY), status;
    show("open", fd < 0 ? fd : 0);
    wait(&status);
    printf("child %d\n", WEXITSTATUS(status));
    if (fd >= 0)
        close(fd);
    fd = dup(0);
    printf("the next number: %d\n", fd);
    close(fd);
}

int main(void) {
    pipe(ends);
    mkfifo("fifo", 0600);
    reading(0);
    reading(SA_RESTART);
    writing(0);
    writing(SA_RESTART);
    polling(0);
    polling(SA_RESTART);
    masked();
    opening(0);
    opening(SA_RESTART);
    signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    show("nobody reads", write(ends[1], data, 10));
    signal(SIGPIPE, on_signal);
    show("nobody reads", write(ends[1], data, 10));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        write(ends[1], data, 10);
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    printf("killed by %d\n", WTERMSIG(status));
    return 0;
}
