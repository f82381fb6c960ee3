// SPDX-License-Identifier: 0BSD
// poll on pipes, files and what is not there: at once, with a time, and woken by a child.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "linux_raw_call.h"

static struct pollfd list[6];

static void show(const char *what, int result, int count) {
    printf("%s: %d", what, result);
    if (result < 0)
        printf(" %s", strerror(errno));
    for (int i = 0; i < count; i++)
        printf(" %x", (unsigned short)list[i].revents);
    printf("\n");
}

static void set(int index, int fd, int events) {
    list[index].fd = fd;
    list[index].events = (short)events;
    list[index].revents = 0x7777;
}

static void at_once(int ends[2]) {
    static char page[65536];
    set(0, ends[0], POLLIN | POLLOUT | 0x40);
    set(1, ends[1], POLLIN | POLLOUT | 0x100);
    set(2, 99, POLLIN);
    set(3, -5, POLLIN);
    set(4, open("file", O_RDWR | O_CREAT, 0600), POLLIN | POLLOUT);
    set(5, open("/dev/null", O_RDONLY), POLLIN | POLLOUT | POLLPRI);
    show("fresh", poll(list, 6, 0), 6);
    show("fresh, for ever", poll(list, 6, -1), 6);
    write(ends[1], page, 5);
    show("with bytes", poll(list, 2, -1), 2);
    write(ends[1], page, 60000);
    show("nearly full", poll(list, 2, -1), 2);
    write(ends[1], page, 4096);
    show("full", poll(list, 2, -1), 2);
}

static void with_a_time(int ends[2]) {
    struct timespec before, after;
    char byte;
    read(ends[0], &byte, 1);
    set(0, ends[0], POLLIN);
    clock_gettime(CLOCK_MONOTONIC, &before);
    show("nothing within 30 ms", poll(list, 1, 30), 1);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long gone = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    printf("time has passed: %d\n", gone >= 29);
    show("no descriptor at all", poll(NULL, 0, 5), 0);
    struct timespec wanted = {0, 20000000};
    show("ppoll", CALL(309, P(list), 1, P(&wanted), 0, 0), 1);
    printf("left %d %d\n", (int)wanted.tv_sec, (int)wanted.tv_nsec);
    wanted.tv_nsec = 1000000000;
    show("ppoll, bad time", CALL(309, P(list), 1, P(&wanted), 0, 0), 0);
    show("ppoll, bad mask size", CALL(309, P(list), 1, 0, P(list), 4), 0);
    show("ppoll, no mask there", CALL(309, P(list), 1, 0, 0x20000000, 8), 0);
    show("list not there", poll((struct pollfd *)0x20000000, 1, 0), 0);
    show("list too long", poll(list, 0x7fffffff, 0), 0);
}

static void woken(int ends[2]) {
    int others[2];
    char byte;
    pipe(others);
    fflush(stdout);
    if (fork() == 0) {
        for (volatile int spin = 0; spin < 300000; spin++)
            ;
        write(ends[1], "x", 1);
        read(others[0], &byte, 1);
        close(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    set(0, ends[0], POLLIN);
    show("woken by a byte", poll(list, 1, 10000), 1);
    read(ends[0], &byte, 1);
    write(others[1], "y", 1);
    show("woken by the end", poll(list, 1, -1), 1);
    wait(NULL);
    close(others[0]);
    set(0, others[1], POLLOUT);
    show("nobody reads", poll(list, 1, -1), 1);
    set(0, others[1], 0);
    show("not asked, told", poll(list, 1, -1), 1);
}

int main(void) {
    int ends[2];
    pipe(ends);
    at_once(ends);
    pipe(ends);
    write(ends[1], "x", 1);
    with_a_time(ends);
    woken(ends);
    return 0;
}
