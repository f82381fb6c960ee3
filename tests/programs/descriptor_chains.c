// SPDX-License-Identifier: 0BSD
// Descriptors that share an open file, and those that do not: dup chains, fork, a second open; who closes last.
#include "child_process.h"
#include <fcntl.h>
#include <sys/stat.h>

static void offsets(const char *what, int a, int b, int c) {
    printf("%s: %ld %ld %ld\n", what, lseek(a, 0, SEEK_CUR), lseek(b, 0, SEEK_CUR), lseek(c, 0, SEEK_CUR));
}

static void chains(void) {
    char text[8] = {0};
    int first = open("chain", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(first, "abcdefghij", 10);
    int second = dup(first), third = dup2(second, 20), other = open("chain", O_RDONLY);
    lseek(first, 3, SEEK_SET);
    offsets("one open file", first, second, third);
    printf("the lowest free: %d, as asked: %d, itself: %d\n", second == first + 1, third == 20,
           dup2(first, first) == first);
    close(first);
    read(third, text, 2);
    printf("read %s after the first was closed, the other open file is at %ld\n", text, lseek(other, 0, SEEK_CUR));
    printf("the number is free again: %d\n", dup(second) == first);
    fcntl(third, F_SETFL, O_APPEND);
    printf("status flags are the open file's: %d %d, the other's: %d\n", (fcntl(second, F_GETFL) & O_APPEND) != 0,
           (fcntl(first, F_GETFL) & O_APPEND) != 0, (fcntl(other, F_GETFL) & O_APPEND) != 0);
    fcntl(third, F_SETFD, FD_CLOEXEC);
    printf("close-on-exec is the descriptor's: %d %d\n", fcntl(third, F_GETFD), fcntl(dup(third), F_GETFD));
    printf("dup2 closes what was there: %d, then %d\n", dup2(other, third) == third, (int)lseek(third, 0, SEEK_CUR));
    printf("of nothing: %d %d, to nowhere: %d %d\n", result_of(dup(99)), result_of(dup2(99, 5)),
           result_of(dup2(other, -1)), result_of(dup2(other, 100000000)));
    printf("at least 50: %d, not below: %d\n", fcntl(other, F_DUPFD, 50), result_of(fcntl(other, F_DUPFD, -1)));
    printf("what was there stays when dup2 fails: %d\n", dup2(99, second) == -1 && lseek(second, 0, SEEK_CUR) >= 0);
    for (int fd = 3; fd < 60; fd++)
        close(fd);
}

static void over_fork(void) {
    int file = open("chain", O_RDWR | O_TRUNC), copy = dup(file);
    for (int round = 0; round < 3; round++) {
        pid_t child = start_child();
        if (child == 0) {
            char line[16];
            write(round % 2 ? file : copy, line, (size_t)snprintf(line, sizeof line, "child %d\n", round));
            close(file);
            close(copy);
            _exit(0);
        }
        end_of(child);
        write(file, "parent\n", 7);
    }
    char text[128];
    printf("%.*s", (int)pread(file, text, sizeof text, 0), text);
    pid_t child = start_child();
    if (child == 0) {
        int own = open("chain", O_RDWR);
        write(own, "CHILD", 5);
        _exit(0);
    }
    end_of(child);
    printf("opened by the child itself: the offset stays %d, %.*s\n", lseek(file, 0, SEEK_CUR) == 45,
           (int)pread(file, text, 8, 0) - 1, text);
    close(file);
    close(copy);
}

/// The reader sees the end once the last writing end is closed, whoever had it.
static void last_writer(void) {
    int ends[2];
    char letter;
    pipe(ends);
    pid_t child = start_child();
    if (child == 0) {
        close(ends[0]);
        int copy = dup(ends[1]);
        close(ends[1]);
        rest(40);
        write(copy, "z", 1);
        _exit(0);
    }
    close(ends[1]);
    int got = (int)read(ends[0], &letter, 1), end = (int)read(ends[0], &letter, 1);
    printf("pipe: %d, then the end %d\n", got, end);
    end_of(child);
    close(ends[0]);
}

static void after_unlink(void) {
    char text[8] = {0};
    struct stat status;
    int file = open("chain", O_RDWR);
    unlink("chain");
    fstat(file, &status);
    printf("no name: links %u, size %d\n", status.st_nlink, (int)status.st_size);
    pread(file, text, 5, 0);
    printf("still there: %s, by its name: %d\n", text, result_of(open("chain", O_RDONLY)));
    close(file);
}

int main(void) {
    chains();
    over_fork();
    last_writer();
    after_unlink();
    return 0;
}
