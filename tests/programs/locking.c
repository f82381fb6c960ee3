// SPDX-License-Identifier: 0BSD
// Locks on parts of a file by fcntl, and on all of it by flock: who stands in whose way, and who waits.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"

#define SHARED 1
#define EXCLUSIVE 2
#define NONBLOCKING 4
#define UNLOCK 8

#define SHOW(...)                                                                         \
    do {                                                                                  \
        int shown = (int)(__VA_ARGS__);                                                   \
        printf("%s = %d (%s)\n", #__VA_ARGS__, shown, shown < 0 ? strerror(-shown) : "-"); \
    } while (0)

struct record {
    short type, whence;
    int start, length, pid;
};
struct wide_record {
    short type, whence;
    long long start, length;
    int pid;
} __attribute__((packed, aligned(4)));

static int fd;

static int set(int command, int type, int whence, int start, int length) {
    struct record lock = {(short)type, (short)whence, start, length, 0};
    return CALL(221, (unsigned)fd, (unsigned)command, P(&lock));
}

static void ask(int type, int start, int length) {
    struct record lock = {(short)type, 0, start, length, 77};
    int result = CALL(55, (unsigned)fd, 5, P(&lock));
    printf("asked for %d at %d, %d bytes: %d: type %d, whence %d, at %d, %d bytes, of the parent %d\n", type, start,
           length, result, lock.type, lock.whence, lock.start, lock.length, lock.pid == getppid());
}

// What a child with an open file of its own sees.
static void in_child(void (*look)(void)) {
    fflush(stdout);
    if (fork() == 0) {
        look();
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

static void look_at_parts(void) {
    ask(0, 0, 1);
    ask(1, 0, 0);
    ask(0, 10, 5);
    ask(1, 10, 5);
    ask(1, 15, 3);
    ask(1, 20, 0);
    ask(1, 1000, 1);
    SHOW(set(6, 0, 0, 0, 100));
    SHOW(set(6, 1, 0, 25, 5));
    SHOW(set(6, 0, 0, 25, 5));
    SHOW(set(6, 2, 0, 0, 0));
}

static void look_at_whole(void) {
    int own = open("file", O_RDWR);
    SHOW(CALL(143, (unsigned)own, SHARED | NONBLOCKING));
    SHOW(CALL(143, (unsigned)own, EXCLUSIVE | NONBLOCKING));
    SHOW(CALL(143, (unsigned)own, UNLOCK));
    SHOW(CALL(143, (unsigned)fd, EXCLUSIVE | NONBLOCKING));
}

static void parts(void) {
    SHOW(set(6, 1, 0, 10, 5));
    SHOW(set(6, 0, 0, 15, 5));
    SHOW(set(6, 0, 0, 12, 1));
    SHOW(set(6, 0, 2, -5, 0));
    in_child(look_at_parts);
    SHOW(set(6, 2, 0, 0, 0));
    SHOW(set(6, 0, 0, 20, -10));
    SHOW(set(6, 0, 0, 0, 10));
    in_child(look_at_parts);
    close(dup(fd)); // takes all locks with it
    in_child(look_at_parts);
    SHOW(set(6, 7, 0, 0, 0));
    SHOW(set(6, 0, 9, 0, 0));
    SHOW(set(6, 0, 0, -1, 0));
    SHOW(set(6, 0, 0, 5, -6));
    SHOW(set(5, 2, 0, 0, 0));
    SHOW(CALL(221, (unsigned)fd, 6, 0x20000000));
    SHOW(CALL(221, 99, 6, 0x20000000));
    struct wide_record wide = {1, 0, 1LL << 40, 1LL << 20, 0};
    SHOW(CALL(221, (unsigned)fd, 13, P(&wide)));
    wide.start = 0x7fffffffffffffffLL;
    SHOW(CALL(221, (unsigned)fd, 13, P(&wide)));
    int reader = open("file", O_RDONLY), writer = open("file", O_WRONLY);
    struct record lock = {1, 0, 0, 0, 0};
    SHOW(CALL(221, (unsigned)reader, 6, P(&lock)));
    lock.type = 0;
    SHOW(CALL(221, (unsigned)writer, 6, P(&lock)));
    close(reader);
    close(writer);
}

static void whole(void) {
    SHOW(CALL(143, (unsigned)fd, SHARED));
    in_child(look_at_whole);
    SHOW(CALL(143, (unsigned)fd, UNLOCK));
    int twin = dup(fd), other = open("file", O_RDONLY);
    SHOW(CALL(143, (unsigned)fd, EXCLUSIVE));
    SHOW(CALL(143, (unsigned)twin, EXCLUSIVE | NONBLOCKING));
    SHOW(CALL(143, (unsigned)other, SHARED | NONBLOCKING));
    close(fd);
    SHOW(CALL(143, (unsigned)other, SHARED | NONBLOCKING));
    close(twin);
    SHOW(CALL(143, (unsigned)other, SHARED | NONBLOCKING));
    SHOW(CALL(143, (unsigned)other, 3));
    SHOW(CALL(143, 99, SHARED));
    SHOW(CALL(143, (unsigned)open(".", O_RDONLY), EXCLUSIVE));
    close(other);
    fd = open("file", O_RDWR);
}

static void waiting(void) {
    int ends[2];
    char letters[10];
    struct pollfd none = {-1, 0, 0};
    pipe(ends);
    set(6, 1, 0, 0, 0);
    CALL(143, (unsigned)fd, EXCLUSIVE);
    fflush(stdout);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            int own = open("file", O_RDWR);
            if (i == 0)
                set(7, 1, 0, 3, 4);
            else
                CALL(143, (unsigned)own, SHARED);
            write(ends[1], i == 0 ? "r" : "w", 1);
            _exit(0);
        }
    poll(&none, 1, 50);
    write(ends[1], "-", 1);
    set(6, 2, 0, 0, 0);
    poll(&none, 1, 50);
    write(ends[1], "-", 1);
    CALL(143, (unsigned)fd, UNLOCK);
    wait(NULL);
    wait(NULL);
    printf("%.*s\n", (int)read(ends[0], letters, sizeof letters), letters);
}

int main(void) {
    fd = open("file", O_RDWR | O_CREAT, 0644);
    write(fd, "0123456789012345678901234567890123456789", 40);
    parts();
    whole();
    waiting();
    return 0;
}
