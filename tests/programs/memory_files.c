// SPDX-License-Identifier: 0BSD
// memfd_create: a file without a name that is written, mapped, passed on and gone with its last user.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_show.h"

int main(void) {
    char text[300];
    struct stat status;
    int fd = memfd_create("shared", MFD_CLOEXEC);
    SHOW(fd);
    SHOW(fcntl(fd, F_GETFD));
    fstat(fd, &status);
    printf("mode %o links %d size %d\n", status.st_mode, (int)status.st_nlink, (int)status.st_size);
    SHOW(ftruncate(fd, 8192));
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    SHOW(pwrite(fd, "from write", 10, 4090));
    printf("%.10s\n", map + 4090);
    fflush(stdout);
    if (fork() == 0) {
        memcpy(map, "from child", 10);
        write(fd, "FROM", 4);
        _exit(0);
    }
    wait(NULL);
    printf("%.10s\n", map);
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(read(fd, text, 6));
    printf("%.6s\n", text);
    int twin = memfd_create("shared", 0);
    fstat(twin, &status);
    printf("another by that name has %d bytes\n", (int)status.st_size);
    SHOW(fcntl(twin, F_GETFD));
    SHOW(write(twin, "abc", 3));
    close(fd);
    printf("%.10s\n", map);
    SHOW(munmap(map, 8192));
    memset(text, 'n', 250);
    text[249] = 0;
    SHOW(memfd_create(text, 0) > 0);
    text[249] = 'n', text[250] = 0;
    SHOW(memfd_create(text, 0));
    SHOW(memfd_create("", 0) > 0);
    SHOW(memfd_create((char *)0x20000000, 0));
    SHOW(memfd_create("x", 0x80));
    return 0;
}
