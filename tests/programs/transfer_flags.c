// SPDX-License-Identifier: 0BSD
// preadv2 and pwritev2: the file's position as a place, and what each flag means for a file in memory, a pipe and a device.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "linux_raw_call.h"

enum { NR_MEMFD_CREATE = 356, NR_PREADV2 = 378, NR_PWRITEV2 };
enum { HIPRI = 1, DSYNC = 2, SYNC = 4, NOWAIT = 8, APPEND = 0x10, NOAPPEND = 0x20, ATOMIC = 0x40, NOSIGNAL = 0x100 };

struct piece {
    const void *at;
    unsigned bytes;
};

static char bytes[64];

static int write_at(int fd, const char *text, int place, unsigned flags) {
    struct piece pieces[2] = {{text, 1}, {text + 1, (unsigned)strlen(text) - 1}};
    return CALL(NR_PWRITEV2, (unsigned)fd, P(pieces), 2, (unsigned)place, place < 0 ? ~0u : 0, flags);
}

static int read_at(int fd, unsigned count, int place, unsigned flags) {
    memset(bytes, 0, sizeof bytes);
    struct piece pieces[2] = {{bytes, 2}, {bytes + 2, count - 2}};
    return CALL(NR_PREADV2, (unsigned)fd, P(pieces), 2, (unsigned)place, place < 0 ? ~0u : 0, flags);
}

static int position(int fd) {
    return (int)lseek(fd, 0, SEEK_CUR);
}

static void show(const char *what, int result, int fd) {
    printf("%s: %d, position %d, \"%s\"\n", what, result, position(fd), bytes);
}

static int memory_file(const char *content) {
    int fd = CALL(NR_MEMFD_CREATE, P("m"), 0);
    write(fd, content, strlen(content));
    return fd;
}

static void places(void) {
    int fd = memory_file("0123456789");
    lseek(fd, 2, SEEK_SET);
    show("read at a place", read_at(fd, 4, 5, 0), fd);
    show("read at the position", read_at(fd, 4, -1, 0), fd);
    show("before the start", read_at(fd, 4, -2, 0), fd);
    show("written at a place", write_at(fd, "ab", 0, 0), fd);
    show("written at the position", write_at(fd, "cd", -1, 0), fd);
    show("all", read_at(fd, 40, 0, 0), fd);
    show("no such file", CALL(NR_PREADV2, 77, P(bytes), 1, 0, 0, 0), fd);
    show("bad list", CALL(NR_PREADV2, (unsigned)fd, 16, 1, 0, 0, 0), fd);
    show("empty list, unknown flags", CALL(NR_PWRITEV2, (unsigned)fd, P(bytes), 0, 0, 0, 0x8000), fd);
}

static void appending(void) {
    int fd = memory_file("0123456789");
    lseek(fd, 3, SEEK_SET);
    show("appended at a place", write_at(fd, "ab", 1, APPEND), fd);
    show("appended at the position", write_at(fd, "cd", -1, APPEND), fd);
    fcntl(fd, F_SETFL, O_APPEND);
    show("as the file does", write_at(fd, "ef", 1, 0), fd);
    show("not appended", write_at(fd, "gh", 1, NOAPPEND), fd);
    lseek(fd, 4, SEEK_SET);
    show("not appended at the position", write_at(fd, "ij", -1, NOAPPEND), fd);
    show("both", write_at(fd, "kl", 1, APPEND | NOAPPEND), fd);
    show("as the file does again", write_at(fd, "mn", 1, 0), fd);
    show("all", read_at(fd, 40, 0, 0), fd);
    printf("flags as before: %d\n", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
}

static void each_flag(const char *what, int input, int output, int place) {
    for (unsigned flag = 1; flag != 0 && flag <= 0x80000000u; flag <<= 1) {
        int out = write_at(output, "xyz", place, flag), in = read_at(input, 3, place, flag);
        if (out != 3 || in != 3)
            printf("%s, flag %x: %d %d\n", what, flag, out, in);
        if (out == 3 && in < 0)
            read(input, bytes, 3);
    }
}

static void pipes(void) {
    int ends[2];
    pipe(ends);
    printf("nothing to read: %d\n", read_at(ends[0], 4, -1, NOWAIT));
    printf("at a place: %d %d\n", read_at(ends[0], 4, 0, 0), write_at(ends[1], "abc", 0, 0));
    printf("which end: %d %d\n", read_at(ends[1], 4, -1, 0), write_at(ends[0], "abc", -1, 0));
    printf("something to read: %d %d\n", write_at(ends[1], "abc", -1, APPEND), read_at(ends[0], 4, -1, NOWAIT));
    signal(SIGPIPE, SIG_DFL);
    close(ends[0]);
    printf("broken, without a signal: %d\n", write_at(ends[1], "abc", -1, NOSIGNAL));
    close(ends[1]);
}

int main(void) {
    places();
    appending();
    int memory = memory_file("012345678901234567890123456789"), null = open("/dev/null", O_RDWR);
    each_flag("memory", memory, memory, 0);
    each_flag("zeros", open("/dev/zero", O_RDWR), null, 0);
    int made = open("/proc/self/maps", O_RDONLY);
    printf("made: %d %d %d\n", read_at(made, 4, 0, 0), read_at(made, 4, 0, HIPRI), read_at(made, 4, 0, SYNC));
    pipes();
    return 0;
}
