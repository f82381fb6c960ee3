// SPDX-License-Identifier: 0BSD
// Which calls that wait begin again after a handler, and which say EINTR: each without SA_RESTART and with it.
#include "child_process.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static volatile int handled;
static int ends[2];
static pid_t child;

static void handler(int number) {
    (void)number;
    handled++;
}

static int read_pipe(void) {
    char letter;
    return (int)read(ends[0], &letter, 1);
}

static int write_pipe(void) {
    static char much[200000];
    return write(ends[1], much, sizeof much) > 0 ? 1 : -1; // a part of it was written
}

static int wait_child(void) {
    return waitpid(child, NULL, 0) == child ? 1 : -1;
}

static int wait_poll(void) {
    struct pollfd one = {ends[0], POLLIN, 0};
    return poll(&one, 1, 5000);
}

static int wait_select(void) {
    fd_set in;
    struct timeval time = {5, 0};
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    return select(ends[0] + 1, &in, NULL, NULL, &time);
}

static int sleep_long(void) {
    struct timespec time = {0, 400000000}, left = {9, 9};
    int result = nanosleep(&time, &left);
    int error = errno;
    if (result == -1)
        printf(" (left %d)", left.tv_sec == 0 && left.tv_nsec > 0 && left.tv_nsec < 400000000);
    errno = error;
    return result;
}

static int wait_pause(void) {
    return pause();
}

static int wait_futex(void) {
    static volatile int word;
    return (int)syscall(SYS_futex, &word, 0, 0, NULL);
}

static int wait_futex_timed(void) {
    static volatile int word;
    struct timespec time = {5, 0};
    return (int)syscall(SYS_futex, &word, 0, 0, &time);
}

static int take_signal(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    return (int)syscall(177, &set, NULL, NULL, sizeof set);
}

static int open_fifo(void) {
    int fd = open("fifo", O_RDONLY);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 1 : -1;
}

static const struct {
    const char *name;
    int (*call)(void);
    int goes_on; // with SA_RESTART
} calls[] = {
    {"read", read_pipe, 1},
    {"write", write_pipe, 0},
    {"waitpid", wait_child, 1},
    {"open of a fifo", open_fifo, 1},
    {"futex", wait_futex, 1},
    {"poll", wait_poll, 0},
    {"select", wait_select, 0},
    {"nanosleep", sleep_long, 0},
    {"pause", wait_pause, 0},
    {"sigtimedwait", take_signal, 0},
    {"futex with a time", wait_futex_timed, 0},
};

/// The helper interrupts after a while, and later gives what a call that goes on waits for.
static void helper(int gives) {
    static char much[400000];
    pid_t parent = getppid();
    rest(120);
    kill(parent, SIGUSR1);
    rest(120);
    if (gives) {
        int fifo = open("fifo", O_RDWR | O_NONBLOCK);
        write(ends[1], "x", 1);
        kill(parent, SIGUSR1); // a futex that waits on says so at last
        rest(20);
        close(fifo);
    }
    read(ends[0], much, 0);
    _exit(0);
}

static void try(unsigned which, int flags) {
    pipe(ends);
    handled = 0;
    handle_with(SIGUSR1, handler, flags);
    child = start_child();
    if (child == 0)
        helper(flags != 0 && calls[which].goes_on);
    errno = 0;
    printf("%s %s:", calls[which].name, flags != 0 ? "with SA_RESTART" : "without");
    int result = calls[which].call();
    printf(" %d, errno %d, handled %d\n", result, result < 0 ? errno : 0, handled > 0);
    if (calls[which].call != wait_child || result < 0)
        end_of(child);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    mkfifo("fifo", 0600);
    for (unsigned which = 0; which < sizeof calls / sizeof *calls; which++) {
        try(which, 0);
        if (calls[which].call != wait_futex)
            try(which, SA_RESTART);
    }
    unlink("fifo");
    return 0;
}
