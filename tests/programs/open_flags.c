// SPDX-License-Identifier: 0BSD
// What open says to each wish that cannot be met, and what it makes of the others.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_raw_call.h"

static void show(const char *path, int flags) {
    int fd = open(path, flags, 0644);
    printf("%s %o: %s", path, flags, fd < 0 ? strerror(errno) : "open");
    if (fd >= 0) {
        printf(", flags %o, close on exec %d", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
        close(fd);
    }
    printf("\n");
}

static void show_size(const char *path) {
    struct stat status;
    stat(path, &status);
    printf("  %d bytes\n", (int)status.st_size);
}

int main(void) {
    int fd = creat("file", 0644);
    write(fd, "text", 4);
    mkdir("dir", 0755);
    symlink("file", "link");
    symlink("made", "dangling");
    symlink("dir", "to_dir");
    const int wishes[] = {O_RDONLY,
                          O_WRONLY,
                          O_RDWR,
                          O_RDWR | O_CREAT,
                          O_RDWR | O_CREAT | O_EXCL,
                          O_RDONLY | O_EXCL,
                          O_RDONLY | O_DIRECTORY,
                          O_RDWR | O_DIRECTORY,
                          O_RDONLY | O_CREAT | O_DIRECTORY,
                          O_RDONLY | O_NOFOLLOW,
                          O_RDONLY | O_NOFOLLOW | O_DIRECTORY,
                          O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC,
                          O_RDONLY | 0100000 | 0400 | 01000000};
    const char *paths[] = {"file", "dir", "link", "to_dir", "none", "file/", "dir/", "none/", "link/", "to_dir/", ""};
    for (unsigned p = 0; p < sizeof paths / sizeof paths[0]; p++)
        for (unsigned w = 0; w < sizeof wishes / sizeof wishes[0]; w++) {
            show(paths[p], wishes[w]);
            unlink("none");
        }
    show("dangling", O_RDONLY);
    show("dangling", O_WRONLY | O_CREAT | O_EXCL);
    show("dangling", O_WRONLY | O_CREAT | O_NOFOLLOW);
    show("dangling", O_WRONLY | O_CREAT);
    show("made", O_RDONLY);
    show_size("file");
    show("link", O_WRONLY | O_TRUNC);
    show_size("file");
    show("dir", O_RDONLY | O_TRUNC);
    show("/dev/null", O_RDWR | O_TRUNC | O_CREAT);
    show("/dev/full", O_RDWR);
    show("/dev/zero", O_RDONLY);
    printf("full: %d %s\n", (int)write(open("/dev/full", O_WRONLY), "x", 1), strerror(errno));
    printf("full: %d\n", (int)read(open("/dev/full", O_RDONLY), &fd, 4));
    printf("zero: %d %d\n", (int)read(open("/dev/zero", O_RDONLY), &fd, 4), fd);
    printf("urandom: %d %d\n", (int)read(open("/dev/urandom", O_RDONLY), paths, 4),
           (int)write(open("/dev/urandom", O_WRONLY), paths, 4));
    printf("null: %d\n", (int)lseek(open("/dev/null", O_RDONLY), 10, SEEK_SET));
    printf("%d %d\n", CALL(295, CWD, P("file"), 0, 0) > 0, CALL(295, 99, P("file"), 0, 0));
    int last = -1, more;
    while ((more = open("file", O_RDONLY)) >= 0)
        last = more;
    printf("as many as there may be: %d, then %s\n", last >= 1000, strerror(errno));
    printf("%d %s\n", open("none", O_RDONLY), strerror(errno));
    int ends[2];
    printf("pipe: %d %s\n", pipe(ends), strerror(errno));
    close(700);
    printf("pipe: %d %s\n", pipe(ends), strerror(errno));
    printf("dup: %d, then %d %s\n", dup(0), dup(0), strerror(errno));
    return 0;
}
