// SPDX-License-Identifier: 0BSD
// getdents64 and getdents: all names once, in small buffers too, while names come and go.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_raw_call.h"

static char names[64][40];
static int count;

static int compare(const void *a, const void *b) {
    return strcmp(a, b);
}

static void note(const char *name, int type) {
    snprintf(names[count++], 40, "%s %d", name, type);
}

static void read_new(int fd, unsigned room) {
    char buffer[2000] __attribute__((aligned(8)));
    int bytes;
    while ((bytes = CALL(220, (unsigned)fd, P(buffer), room)) > 0)
        for (int at = 0; at < bytes; at += *(unsigned short *)(buffer + at + 16))
            note(buffer + at + 19, buffer[at + 18]);
    note("the end", bytes);
}

static void read_old(int fd, unsigned room) {
    char buffer[2000] __attribute__((aligned(8)));
    int bytes;
    while ((bytes = CALL(141, (unsigned)fd, P(buffer), room)) > 0)
        for (int at = 0; at < bytes; at += *(unsigned short *)(buffer + at + 8))
            note(buffer + at + 10, buffer[at + *(unsigned short *)(buffer + at + 8) - 1]);
    note("the end", bytes);
}

static void show(const char *what) {
    qsort(names, (size_t)count, sizeof names[0], compare);
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %s,", names[i]);
    printf("\n");
    count = 0;
}

int main(void) {
    char path[40];
    mkdir("dir", 0755);
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof path, "dir/name_%d", i);
        close(creat(path, 0644));
    }
    mkdir("dir/below", 0755);
    symlink("x", "dir/link");
    mkfifo("dir/fifo", 0600);
    int fd = open("dir", O_RDONLY | O_DIRECTORY);
    read_new(fd, 2000);
    show("all at once");
    read_new(fd, 2000);
    show("again");
    lseek(fd, 0, SEEK_SET);
    read_new(fd, 40);
    show("one by one");
    lseek(fd, 0, SEEK_SET);
    read_old(fd, 2000);
    show("the old call");
    lseek(fd, 0, SEEK_SET);
    read_old(fd, 33);
    show("the old call, one by one");
    printf("too small: %d %d\n", CALL(220, (unsigned)open("dir", O_RDONLY), P(names), 10),
           CALL(141, (unsigned)open("dir", O_RDONLY), P(names), 10));
    printf("not there: %d\n", CALL(220, (unsigned)open("dir", O_RDONLY), 0x20000000, 1000));
    printf("no directory: %d\n", CALL(220, (unsigned)open("dir/name_1", O_RDONLY), P(names), 1000));
    printf("read: %d %s\n", (int)read(fd, names, 10), strerror(errno));
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof path, "dir/name_%d", i);
        unlink(path);
    }
    unlink("dir/link");
    unlink("dir/fifo");
    rmdir("dir/below");
    lseek(fd, 0, SEEK_SET);
    read_new(fd, 2000);
    show("emptied");
    rmdir("dir");
    lseek(fd, 0, SEEK_SET);
    printf("removed: %d\n", CALL(220, (unsigned)fd, P(names), 1000));
    return 0;
}
