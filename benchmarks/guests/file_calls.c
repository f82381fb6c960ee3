/* SPDX-License-Identifier: GPL-2.0-only
   Row "calls on files": 20,000 times a file is opened, asked about, read, written and closed, and a byte goes through a pipe. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    static char bytes[512];
    struct stat status;
    int ends[2];
    if (pipe(ends) != 0) {
        return 1;
    }
    for (int i = 0; i < 20000; i++) {
        int fd = open("file_calls.tmp", O_RDWR | O_CREAT, 0644);
        if (fd < 0 || fstat(fd, &status) != 0 || write(fd, bytes, sizeof bytes) != sizeof bytes ||
            lseek(fd, 0, SEEK_SET) != 0 || read(fd, bytes, sizeof bytes) != sizeof bytes || close(fd) != 0 ||
            write(ends[1], "x", 1) != 1 || read(ends[0], bytes, 1) != 1) {
            return 2;
        }
    }
    return unlink("file_calls.tmp");
}
