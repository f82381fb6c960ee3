// SPDX-License-Identifier: 0BSD
// truncate, ftruncate, O_TRUNC, holes, and lseek past the end.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"

static int size_of(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? (int)status.st_size : -1;
}

int main(void) {
    char text[20];
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    write(fd, "0123456789", 10);
    SHOW(truncate("file", 4));
    SHOW(size_of("file"));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(write(fd, "AB", 2));
    SHOW(size_of("file"));
    SHOW(pread(fd, text, 20, 0));
    for (int i = 0; i < 12; i++)
        printf("%02x ", (unsigned char)text[i]);
    printf("\n");
    SHOW(ftruncate(fd, 5000));
    SHOW(ftruncate(fd, 2));
    SHOW(ftruncate(fd, 8000));
    SHOW(pread(fd, text, 8, 0));
    printf("%d %d %d\n", text[1], text[2], text[3]);
    SHOW(lseek(fd, 100000, SEEK_SET));
    SHOW(read(fd, text, 1));
    SHOW(write(fd, "z", 1));
    SHOW(size_of("file"));
    SHOW(pread(fd, text, 4, 99998));
    SHOW(lseek(fd, -200000, SEEK_CUR));
    SHOW(lseek(fd, 0, 7));
    SHOW(lseek(fd, 100001, 3));
    SHOW(truncate("file", -1));
    SHOW(ftruncate(fd, -1));
    SHOW(truncate("none", 0));
    SHOW(truncate("", 0));
    SHOW(truncate(".", 0));
    SHOW(truncate("file/", 0));
    SHOW(truncate("/dev/null", 0));
    SHOW(truncate((char *)0x20000000, 0));
    SHOW(CALL(193, P("file"), 3, 0));
    SHOW(size_of("file"));
    SHOW(CALL(193, P("file"), 3, 0x80000000));
    SHOW(ftruncate(open("file", O_RDONLY), 0));
    SHOW(ftruncate(open(".", O_RDONLY), 0));
    SHOW(ftruncate(open("/dev/null", O_RDWR), 0));
    SHOW(ftruncate(99, 0));
    SHOW(symlink("file", "link"));
    SHOW(truncate("link", 1));
    SHOW(size_of("file"));
    SHOW(open("link", O_WRONLY | O_TRUNC));
    SHOW(size_of("file"));
    SHOW(creat("file", 0600));
    SHOW(fsync(fd));
    SHOW(fsync(99));
    return 0;
}
