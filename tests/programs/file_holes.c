// SPDX-License-Identifier: 0BSD
// Holes: what was never written reads as zeros, by read and by a mapping, and takes no room in the file's size but
// its place.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int file;

static long size(void) {
    struct stat status;
    fstat(file, &status);
    return (long)status.st_size;
}

/// Bytes that are not zero, and the first of them.
static void look(const char *what, off_t from, int count) {
    static char buffer[20000];
    int found = 0, first = -1;
    int got = (int)pread(file, buffer, (size_t)count, from);
    for (int i = 0; i < got; i++)
        if (buffer[i] != 0) {
            found++;
            first = first < 0 ? i : first;
        }
    printf("%s: got %d, not zero %d, first %d\n", what, got, found, first);
}

int main(void) {
    file = open("holes", O_RDWR | O_CREAT | O_TRUNC, 0600);
    lseek(file, 10000, SEEK_SET);
    printf("a seek alone: size %ld\n", size());
    write(file, "end", 3);
    printf("with a write: size %ld\n", size());
    look("the hole", 0, 10000);
    look("over its end", 9000, 2000);
    pwrite(file, "middle", 6, 5000);
    look("filled in part", 0, 10003);
    printf("at the end: %ld %ld\n", lseek(file, 0, SEEK_END), lseek(file, 5000, SEEK_CUR));
    printf("read beyond it: %d\n", (int)read(file, &(char){0}, 1));
    write(file, "!", 1);
    printf("size %ld\n", size());
    ftruncate(file, 40000);
    look("grown", 15003, 24997);
    volatile char *map = mmap(NULL, 40960, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    printf("mapped: %d %c %d %d\n", map[4999], map[5000], map[20000], map[40500]);
    map[20000] = 'm';
    map[40500] = 'x'; // behind the end: in the page, not in the file
    look("written by the mapping", 19000, 20000);
    ftruncate(file, 41000);
    look("behind the former end", 40000, 1000);
    ftruncate(file, 5003);
    look("cut", 4990, 100);
    ftruncate(file, 6000);
    look("and grown again", 4990, 100);
    printf("through the mapping: %c %c %d\n", map[5000], map[5002], map[5003]);
    printf("negative: %d %d\n", (int)lseek(file, -1, SEEK_SET), (int)lseek(file, -7000, SEEK_END));
    printf("errno %d, truncated to: %d\n", errno, ftruncate(file, -1));
    printf("nothing at a far place: %d, size %ld\n", (int)pwrite(file, "", 0, 100000), size());
    unlink("holes");
    return 0;
}
