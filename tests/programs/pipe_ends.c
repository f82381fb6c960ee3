// SPDX-License-Identifier: 0BSD
// What a pipe says when an end has gone or nothing moves: end of file, EPIPE and SIGPIPE, EAGAIN; and bad arguments.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"

#define SHOW(call)                                                             \
    do {                                                                       \
        errno = 0;                                                             \
        int shown = (int)(call);                                               \
        printf("%s = %d (%s)\n", #call, shown, errno ? strerror(errno) : "-"); \
    } while (0)

static int ends[2];
static char buffer[70000];

static void full_and_empty(void) {
    SHOW(pipe2(ends, O_NONBLOCK));
    SHOW(read(ends[0], buffer, 1));
    SHOW(read(ends[0], buffer, 0));
    SHOW(write(ends[1], buffer, 70000));
    SHOW(write(ends[1], buffer, 1));
    SHOW(read(ends[0], buffer, 4095));
    SHOW(write(ends[1], buffer, 1));
    SHOW(read(ends[0], buffer, 1));
    SHOW(write(ends[1], buffer, 5000));
    SHOW(read(ends[0], buffer, 70000));
    for (int i = 0; i < 3; i++)
        SHOW(write(ends[1], buffer, 3000));
    int pieces = 3;
    while (write(ends[1], buffer, 3000) == 3000)
        pieces++;
    printf("%d pieces of 3000\n", pieces);
    SHOW(write(ends[1], buffer, 1000));
    SHOW(write(ends[1], buffer, 100));
    SHOW(fcntl(ends[1], F_GETPIPE_SZ));
    SHOW(fcntl(ends[1], F_SETPIPE_SZ, 4096));
    SHOW(fcntl(ends[1], F_SETPIPE_SZ, 100000));
    SHOW(write(ends[1], buffer, 100));
    int unread = 0;
    SHOW(CALL(54, ends[0], 0x541b, P(&unread)));
    printf("unread %d\n", unread);
}

static void wrong_ends(void) {
    SHOW(write(ends[0], buffer, 1));
    SHOW(read(ends[1], buffer, 1));
    SHOW(lseek(ends[0], 0, SEEK_SET));
    SHOW(pread(ends[0], buffer, 1, 0));
    SHOW(pread(ends[1], buffer, 1, 0));
    SHOW(pwrite(ends[1], buffer, 1, 0));
    SHOW(ftruncate(ends[1], 0));
    SHOW(fsync(ends[1]));
    SHOW(mmap(NULL, 4096, PROT_READ, MAP_SHARED, ends[0], 0) == MAP_FAILED);
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(fcntl(ends[1], F_GETFL));
    struct stat status;
    SHOW(fstat(ends[0], &status));
    printf("mode %o size %d links %d\n", status.st_mode, (int)status.st_size, (int)status.st_nlink);
    SHOW(fchmod(ends[0], 0640));
    SHOW(fstat(ends[1], &status));
    printf("mode %o\n", status.st_mode);
}

static void bad_memory(void) {
    int fresh[2];
    SHOW(pipe((int *)0x20000000));
    SHOW(pipe2(fresh, 1));
    SHOW(pipe(fresh));
    printf("%d %d\n", fresh[0], fresh[1]);
    SHOW(write(fresh[1], (void *)0x20000000, 5));
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    SHOW(pipe((int *)(page + 4092)));
    SHOW(write(fresh[1], page + 4090, 10));
    SHOW(write(fresh[1], page + 4000, 96));
    SHOW(read(fresh[0], page + 4090, 10));
    SHOW(read(fresh[0], (void *)0x20000000, 10));
    SHOW(read(fresh[0], page, 200));
    close(fresh[0]);
    close(fresh[1]);
}

static void gone(void) {
    int status;
    close(ends[0]);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        write(ends[1], "x", 1);
        _exit(0);
    }
    SHOW(write(ends[1], buffer, 0));
    waitpid(child, &status, 0);
    printf("killed by %d\n", WTERMSIG(status));
    close(ends[1]);
    pipe(ends);
    write(ends[1], "rest", 4);
    close(ends[1]);
    SHOW(read(ends[0], buffer, 100));
    SHOW(read(ends[0], buffer, 100));
    SHOW(read(ends[0], (void *)0x20000000, 100));
}

int main(void) {
    full_and_empty();
    wrong_ends();
    bad_memory();
    gone();
    return 0;
}
