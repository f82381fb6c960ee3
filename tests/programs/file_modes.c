// SPDX-License-Identifier: 0BSD
// umask, chmod and chown, and what new files, directories and FIFOs get; times that are set.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"

static char raw[96]; // struct stat64

static void show(const char *path) {
    memset(raw, 0, sizeof raw);
    CALL(196, P(path), P(raw));
    printf("  %s: %o, %u:%u\n", path, *(unsigned *)(raw + 16), *(unsigned *)(raw + 24), *(unsigned *)(raw + 28));
}

static void show_times(const char *path) {
    CALL(195, P(path), P(raw));
    int *times = (int *)(raw + 64);
    printf("  accessed %d.%09d modified %d.%09d\n", times[0], times[1], times[2], times[3]);
}

static void rights(void) {
    printf("mask %o\n", umask(0));
    close(open("all", O_WRONLY | O_CREAT, 07777));
    mkdir("all_dir", 07777);
    mkfifo("all_fifo", 0777);
    show("all");
    show("all_dir");
    show("all_fifo");
    printf("mask %o\n", umask(07027));
    printf("mask %o\n", umask(027));
    close(creat("some", 0666));
    mkdir("some_dir", 0777);
    show("some");
    show("some_dir");
    fflush(stdout);
    if (fork() == 0) {
        umask(0);
        _exit(0);
    }
    wait(NULL);
    close(creat("after", 0666));
    show("after");
    symlink("some", "link");
    SHOW(chmod("some", 0123));
    SHOW(chmod("link", 0177777));
    show("some");
    show("link");
    int fd = open("some", O_RDONLY);
    SHOW(fchmod(fd, 06750));
    show("some");
    SHOW(fchmod(99, 0));
    SHOW(chmod("none", 0));
    SHOW(chmod("some/x", 0));
    SHOW(chmod((char *)0x20000000, 0));
    SHOW(CALL(306, CWD, P("some_dir"), 01700));
    SHOW(CALL(306, 99, P("some_dir"), 01700));
    show("some_dir");
}

static void owners(void) {
    SHOW(CALL(212, P("some"), 5, 6));
    show("some");
    SHOW(CALL(212, P("link"), -1, 70000));
    show("some");
    SHOW(CALL(182, P("some"), 0xffff, 3));
    show("some");
    SHOW(CALL(198, P("link"), 8, 9));
    show("link");
    SHOW(CALL(298, CWD, P("link"), 1, 2, 0x100));
    show("link");
    SHOW(CALL(298, CWD, P("link"), 1, 2, 1));
    SHOW(CALL(298, CWD, P(""), 1, 2, 0));
    SHOW(CALL(212, P("none"), 1, 1));
    SHOW(CALL(207, 99, 1, 1));
    CALL(212, P("some_dir"), 1, 1);
    CALL(212, P("some"), 0, 0);
    show("some_dir");
}

static void times(void) {
    int two[4] = {1000, 5, 2000, 999999999};
    SHOW(CALL(320, CWD, P("all"), P(two), 0));
    show_times("all");
    two[1] = 0x3ffffffe, two[2] = 2001;
    SHOW(CALL(320, CWD, P("all"), P(two), 0));
    show_times("all");
    two[1] = 1000000000;
    SHOW(CALL(320, CWD, P("all"), P(two), 0));
    two[1] = -1;
    SHOW(CALL(320, CWD, P("all"), P(two), 0));
    SHOW(CALL(320, CWD, P("all"), 0x20000000, 0));
    two[1] = two[3] = 0x3ffffffe;
    SHOW(CALL(320, CWD, P("none"), P(two), 77));
    two[1] = 0;
    SHOW(CALL(320, CWD, P("none"), P(two), 77));
    SHOW(CALL(320, CWD, P("none"), P(two), 0));
    SHOW(CALL(320, CWD, 0, P(two), 0));
    SHOW(CALL(320, 99, 0, P(two), 0));
    int fd = open("all", O_RDONLY);
    SHOW(CALL(320, (unsigned)fd, 0, P(two), 0x100));
    SHOW(CALL(320, (unsigned)fd, 0, P(two), 0));
    show_times("all");
    int value[4] = {-7, 500000, 3, 999999};
    SHOW(CALL(271, P("all"), P(value)));
    show_times("all");
    value[3] = 1000000;
    SHOW(CALL(271, P("all"), P(value)));
    int seconds[2] = {-1, 44};
    SHOW(CALL(30, P("all"), P(seconds)));
    show_times("all");
    SHOW(CALL(30, P("all"), 0x20000000));
    SHOW(CALL(30, P("none"), 0));
    long long wide[4] = {12, 13, 14, 15};
    SHOW(CALL(412, CWD, P("all"), P(wide), 0));
    show_times("all");
}

int main(void) {
    rights();
    owners();
    times();
    return 0;
}
