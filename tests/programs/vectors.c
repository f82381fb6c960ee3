// SPDX-License-Identifier: 0BSD
// readv and writev, preadv and pwritev, pread and pwrite: order, positions, and memory that ends in the middle.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"

#define NOWHERE ((void *)0x20000000)

int main(void) {
    char one[5], two[8], all[40];
    int fd = open("file", O_RDWR | O_CREAT, 0644), ends[2];
    struct iovec out[3] = {{"hello ", 6}, {NOWHERE, 0}, {"world", 5}};
    struct iovec in[2] = {{one, 5}, {two, 8}};
    SHOW(writev(fd, out, 3));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(readv(fd, in, 2));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(readv(fd, in, 2));
    printf("%.5s|%.6s\n", one, two);
    SHOW(CALL(334, (unsigned)fd, P(out), 3, 4, 0));
    SHOW(CALL(333, (unsigned)fd, P(in), 2, 2, 0));
    printf("%.5s|%.8s\n", one, two);
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(CALL(333, (unsigned)fd, P(in), 2, 0, -1));
    SHOW(CALL(333, (unsigned)fd, P(in), 1025, 0, 0));
    SHOW(pwrite(fd, "XY", 2, 1));
    SHOW(pread(fd, all, 40, 0));
    printf("%.15s\n", all);
    SHOW(pread(fd, all, 40, -1));
    SHOW(pread(99, all, 40, -1));
    SHOW(pread(fd, all, 40, 100));
    SHOW(readv(fd, in, 0));
    SHOW(readv(fd, in, -1));
    SHOW(readv(fd, NOWHERE, 1));
    SHOW(writev(99, NOWHERE, 1));
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    memset(page, '-', 4096);
    out[1].iov_base = page + 4090, out[1].iov_len = 10;
    SHOW(writev(fd, out, 3));
    SHOW(lseek(fd, 0, SEEK_SET));
    in[0].iov_base = page + 4094;
    SHOW(readv(fd, in, 2));
    SHOW(readv(fd, (struct iovec *)(page + 4092), 1));
    SHOW(pipe(ends));
    out[1].iov_len = 6;
    SHOW(writev(ends[1], out, 3));
    in[0].iov_base = one;
    SHOW(readv(ends[0], in, 2));
    printf("%.5s|%.8s\n", one, two);
    SHOW(CALL(333, (unsigned)ends[0], P(in), 2, 0, 0));
    SHOW(readv(open(".", O_RDONLY), in, 2));
    // From file to pipe and to file, without user memory between.
    unsigned offset = 3;
    lseek(fd, 0, SEEK_SET);
    SHOW(CALL(187, (unsigned)ends[1], (unsigned)fd, P(&offset), 5));
    printf("offset %u\n", offset);
    SHOW(CALL(187, (unsigned)ends[1], (unsigned)fd, 0, 4));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(read(ends[0], all, 40));
    printf("%.14s\n", all);
    SHOW(CALL(187, (unsigned)fd, (unsigned)ends[0], 0, 4));
    offset = -1;
    SHOW(CALL(187, (unsigned)ends[1], (unsigned)fd, P(&offset), 5));
    SHOW(CALL(187, (unsigned)ends[1], (unsigned)fd, 0x20000000, 5));
    int appending = open("other", O_WRONLY | O_CREAT | O_APPEND, 0600);
    SHOW(CALL(187, (unsigned)appending, (unsigned)fd, 0, 4));
    return 0;
}
