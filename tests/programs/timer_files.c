// SPDX-License-Identifier: 0BSD
// timerfd: what is read, when it is ready, how it is set and asked, and what is refused.
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"
#include "linux_show_events.h"

enum { CREATE = 322, SETTIME = 325, GETTIME = 326, GETTIME64 = 410, SETTIME64 = 411 };
enum { MONOTONIC = 1, ABSOLUTE = 1, NONBLOCK = 04000, MILLISECOND = 1000000, SECOND = 1000000000 };

struct times {
    int interval_seconds, interval, seconds, value;
};
struct times64 {
    long long interval_seconds;
    int interval, unused1;
    long long seconds;
    int value, unused2;
};

static int make(void) {
    return CALL(CREATE, MONOTONIC, NONBLOCK);
}

static int set(int fd, int flags, int value, int interval) {
    struct times times = {0, interval, 0, value};
    return CALL(SETTIME, (unsigned)fd, (unsigned)flags, P(&times), 0);
}

static void show_read(const char *what, int fd) {
    unsigned long long count = 0;
    int done = (int)read(fd, &count, sizeof count);
    if (done < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %d bytes, %s\n", what, done, count == 0 ? "none" : count == 1 ? "one" : "several");
}

static void pass(int milliseconds) {
    struct timespec wanted = {0, milliseconds * MILLISECOND};
    nanosleep(&wanted, NULL);
}

static void once(void) {
    struct times left = {9, 9, 9, 9};
    int fd = make();
    show_poll("not set", fd, 0);
    show_read("not set", fd);
    printf("asked %d", CALL(GETTIME, (unsigned)fd, P(&left)));
    printf(": %d %d %d %d\n", left.interval_seconds, left.interval, left.seconds, left.value);
    printf("set %d\n", set(fd, 0, 20 * MILLISECOND, 0));
    CALL(GETTIME, (unsigned)fd, P(&left));
    printf("left %d\n", left.seconds == 0 && left.value > 0 && left.value <= 20 * MILLISECOND);
    show_poll("waited for", fd, -1);
    CALL(GETTIME, (unsigned)fd, P(&left));
    printf("over %d %d\n", left.seconds, left.value);
    show_read("read", fd);
    show_read("again", fd);
    show_poll("after it", fd, 0);
    set(fd, 0, 1, 0);
    pass(5);
    set(fd, 0, 0, 0);
    show_read("stopped", fd);
    close(fd);
}

static void again_and_again(void) {
    struct times64 wanted = {0, 2 * MILLISECOND, 0, 0, MILLISECOND, 0}, before = {9, 9, 0, 9, 9, 0};
    int fd = make();
    printf("set %d\n", CALL(SETTIME64, (unsigned)fd, 0, P(&wanted), P(&before)));
    printf("before %d %d %d %d\n", (int)before.interval_seconds, before.interval, (int)before.seconds, before.value);
    pass(20);
    CALL(GETTIME64, (unsigned)fd, P(&before));
    printf("interval %d, left %d\n", before.interval, before.value > 0 && before.value <= 2 * MILLISECOND);
    show_read("read", fd);
    show_poll("next", fd, -1);
    wanted.value = 0;
    CALL(SETTIME64, (unsigned)fd, 0, P(&wanted), P(&before));
    CALL(GETTIME64, (unsigned)fd, P(&before));
    printf("stopped: interval %d, value %d\n", before.interval, before.value);
    show_read("stopped", fd);
    close(fd);
}

static void by_edge(void) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.u32 = 7}}, found[2];
    struct times left;
    int fd = make(), watch = epoll_create1(0);
    printf("watched %d\n", epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event));
    printf("not yet %d\n", epoll_wait(watch, found, 2, 0));
    set(fd, 0, MILLISECOND, MILLISECOND);
    printf("expired %d\n", epoll_wait(watch, found, 2, -1));
    printf("events %x, data %u\n", found[0].events, found[0].data.u32);
    pass(10);
    printf("unread %d\n", epoll_wait(watch, found, 2, 20));
    show_read("read", fd);
    printf("expired %d\n", epoll_wait(watch, found, 2, -1));
    CALL(GETTIME, (unsigned)fd, P(&left));
    printf("asked %d\n", epoll_wait(watch, found, 2, -1));
    close(watch);
    close(fd);
}

static void who_waits(void) {
    struct timespec now;
    unsigned long long count = 0;
    int fd = CALL(CREATE, MONOTONIC, 0), status = 0;
    set(fd, 0, 5 * MILLISECOND, 0);
    if (fork() == 0) {
        int done = (int)read(fd, &count, sizeof count);
        _exit(done == 8 && count == 1 ? 3 : 4);
    }
    wait(&status);
    printf("a child read it: %d\n", WEXITSTATUS(status));
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct times past = {0, SECOND / 2, (int)now.tv_sec > 0 ? (int)now.tv_sec - 1 : 0, 1};
    printf("past %d\n", CALL(SETTIME, (unsigned)fd, ABSOLUTE, P(&past), 0));
    show_poll("at once", fd, -1);
    close(fd);
}

static void refused(void) {
    struct times times = {0, 0, 0, MILLISECOND}, bad = {0, 0, 0, SECOND}, negative = {0, 0, -1, 0};
    struct stat status;
    char path[40], link[40] = "";
    unsigned long long count = 1;
    int fd = make(), other = open("/dev/null", O_RDWR);
    printf("create %d %d %d\n", CALL(CREATE, 2, 0), CALL(CREATE, MONOTONIC, 1), CALL(CREATE, 77, 0));
    printf("set %d %d %d %d\n", CALL(SETTIME, (unsigned)fd, 4, P(&times), 0), CALL(SETTIME, (unsigned)fd, 0, P(&bad), 0),
           CALL(SETTIME, (unsigned)fd, 0, P(&negative), 0), CALL(SETTIME, (unsigned)fd, 0, 0, 0));
    printf("no timer %d %d, closed %d %d\n", CALL(SETTIME, (unsigned)other, 0, P(&times), 0),
           CALL(GETTIME, (unsigned)other, P(&times)), CALL(SETTIME, 99, 0, P(&times), 0), CALL(GETTIME, 99, P(&times)));
    printf("flags before the file %d, bytes before both %d\n", CALL(SETTIME, 99, 4, P(&times), 0), CALL(SETTIME, 99, 4, 0, 0));
    printf("old to nowhere %d\n", CALL(SETTIME, (unsigned)fd, 0, P(&times), 8));
    printf("asked to nowhere %d\n", CALL(GETTIME, (unsigned)fd, 8));
    show_poll("set all the same", fd, -1);
    SHOW(read(fd, &count, 7));
    SHOW(read(fd, (void *)8, 8));
    show_read("taken", fd);
    SHOW(write(fd, &count, 8));
    printf("seek %d\n", (int)lseek(fd, 3, SEEK_SET));
    fstat(fd, &status);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (readlink(path, link, sizeof link - 1) < 0)
        printf("no link\n");
    printf("mode %o, %s\n", status.st_mode, link);
    printf("flags %o\n", fcntl(fd, F_GETFL, 0));
    close(fd);
    close(other);
}

int main(void) {
    once();
    again_and_again();
    by_edge();
    who_waits();
    refused();
    return 0;
}
