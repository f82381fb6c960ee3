// SPDX-License-Identifier: 0BSD
// Duplicates of descriptors, their flags, and what is still open after execve.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"

static int after_exec(void) {
    for (int fd = 3; fd < 12; fd++)
        printf("%d: %s\n", fd, fcntl(fd, F_GETFD) < 0 ? strerror(errno) : "open");
    return 9;
}

int main(int argc, char **argv) {
    char text[10];
    if (argc > 1)
        return after_exec();
    int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
    SHOW(fd);
    SHOW(dup(fd));
    SHOW(dup2(fd, 9));
    SHOW(dup2(fd, fd));
    SHOW(dup2(77, 77));
    SHOW(dup2(77, 5));
    SHOW(dup2(fd, -1));
    SHOW(dup2(fd, 100000));
    SHOW(dup(77));
    SHOW(CALL(330, 3, 3, 0));
    SHOW(CALL(330, 3, 5, 1));
    SHOW(CALL(330, 3, 5, O_CLOEXEC));
    SHOW(fcntl(5, F_GETFD));
    SHOW(fcntl(fd, F_DUPFD, 7));
    SHOW(fcntl(fd, F_DUPFD, 7));
    SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 7));
    SHOW(fcntl(10, F_GETFD));
    SHOW(fcntl(fd, F_DUPFD, -1));
    SHOW(fcntl(fd, F_DUPFD, 100000));
    SHOW(fcntl(10, F_SETFD, 0));
    SHOW(fcntl(10, F_SETFD, FD_CLOEXEC | 6));
    SHOW(fcntl(10, F_GETFD));
    SHOW(CALL(54, 9, 0x5451, 0));
    SHOW(fcntl(9, F_GETFD));
    SHOW(CALL(54, 9, 0x5450, 0));
    SHOW(fcntl(9, F_GETFD));
    SHOW(fcntl(77, F_GETFD));
    SHOW(fcntl(fd, 9999));
    // One position for all the duplicates, another for a file that was opened again.
    SHOW(write(4, "abcdef", 6));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(lseek(9, 2, SEEK_SET));
    SHOW(read(fd, text, 2));
    int again = open("file", O_RDONLY | O_CLOEXEC);
    SHOW(again);
    SHOW(lseek(again, 0, SEEK_CUR));
    fflush(stdout);
    if (fork() == 0) {
        SHOW(read(fd, text, 1));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(close(fd));
    SHOW(close(fd));
    SHOW(read(4, text, 10));
    fflush(stdout);
    char *arguments[] = {argv[0], "after", NULL};
    execve("/proc/self/exe", arguments, environ);
    return 1;
}
