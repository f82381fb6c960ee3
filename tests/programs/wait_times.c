// SPDX-License-Identifier: 0BSD
// How long poll, select and the like wait: not shorter than asked, not at all when asked for no time, and no longer
// than needed when something comes before; and what select leaves in its timeout.
#include "child_process.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>

static int ends[2];

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_poll(int time) {
    struct pollfd one = {ends[0], POLLIN, 0};
    return poll(&one, 1, time);
}

static int wait_select(int time) {
    fd_set in;
    struct timeval left = {time / 1000, time % 1000 * 1000};
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    int result = select(ends[0] + 1, &in, NULL, NULL, &left);
    printf("(left %d) ", left.tv_sec * 1000 + left.tv_usec / 1000 > 0);
    return result;
}

static int wait_nothing(int time) {
    return poll(NULL, 0, time);
}

static int wait_futex(int time) {
    static volatile int word;
    struct timespec left = {time / 1000, time % 1000 * 1000000};
    return (int)syscall(SYS_futex, &word, 0, 0, &left);
}

static int wait_sleep(int time) {
    rest(time);
    return 0;
}

static int wait_signal(int time) {
    sigset_t set;
    struct timespec left = {time / 1000, time % 1000 * 1000000};
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    return (int)syscall(177, &set, NULL, &left, sizeof set);
}

static const struct {
    const char *name;
    int (*wait)(int time);
    int sees_pipe;
} ways[] = {
    {"poll", wait_poll, 1},   {"select", wait_select, 1}, {"poll of nothing", wait_nothing, 0},
    {"futex", wait_futex, 0}, {"sleep", wait_sleep, 0},   {"sigtimedwait", wait_signal, 0},
};

static void measure(unsigned which, const char *what, int time, int least, int most) {
    long start = milliseconds();
    printf("%s, %s: ", ways[which].name, what);
    errno = 0;
    int result = ways[which].wait(time), error = errno;
    long passed = milliseconds() - start;
    printf("%d, errno %d, not too short %d, not too long %d\n", result, result < 0 ? error : 0, passed >= least,
           passed <= most);
}

int main(void) {
    for (unsigned which = 0; which < sizeof ways / sizeof *ways; which++) {
        pipe(ends);
        measure(which, "no time", 0, 0, 1000);
        measure(which, "a short time", 50, 50, 5000);
        if (ways[which].sees_pipe) {
            pid_t child = start_child();
            if (child == 0) {
                rest(40);
                write(ends[1], "x", 1);
                _exit(0);
            }
            measure(which, "something comes", 10000, 30, 9000);
            measure(which, "it is there", 10000, 0, 9000);
            end_of(child);
        }
        close(ends[0]);
        close(ends[1]);
    }
    struct pollfd one = {ends[0], POLLIN, 0};
    printf("of a closed descriptor: %d, events %x\n", poll(&one, 1, 10000), (unsigned)one.revents);
    struct timeval odd = {0, 2000000}, negative = {-1, 0};
    printf("select: two million %d, negative %d\n", result_of(select(0, NULL, NULL, NULL, &odd)),
           result_of(select(0, NULL, NULL, NULL, &negative)));
    printf("too many: %d\n", result_of(select(-1, NULL, NULL, NULL, NULL)));
    struct timespec bad = {0, 1000000000};
    printf("sleep: a thousand million %d\n", result_of(nanosleep(&bad, NULL)));
    return 0;
}
