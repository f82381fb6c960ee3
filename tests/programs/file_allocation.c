// SPDX-License-Identifier: 0BSD
// fallocate: length without a write, holes, what a mapping sees of them, and what is refused.
#include "child_process.h"
#include "limit_probe.h"
#include <fcntl.h>
#include <sys/stat.h>

enum { FALLOCATE = 324, KEEP_SIZE = 1, PUNCH_HOLE = 2, SIZE = 6 * PAGE + 100 };
enum { SIGXFSZ = 25 };

static int file;

static int allocate(int descriptor, unsigned mode, long long start, long long bytes) {
    return CALL(FALLOCATE, (unsigned)descriptor, mode, (unsigned)start, (unsigned)(start >> 32), (unsigned)bytes,
                (unsigned)(bytes >> 32));
}

static long size(void) {
    struct stat status;
    fstat(file, &status);
    return (long)status.st_size;
}

/// Where runs of zeros begin and end.
static void look(const char *what, const char *map) {
    static char read_bytes[16 * PAGE];
    long bytes = pread(file, read_bytes, sizeof read_bytes, 0);
    int differ = 0, zero = 0;
    printf("%s: size %ld, zeros", what, size());
    for (long at = 0; at < bytes; at++) {
        differ += map != NULL && map[at] != read_bytes[at];
        if ((read_bytes[at] == 0) != zero) {
            zero = !zero;
            printf(zero ? " %ld" : "-%ld", at);
        }
    }
    printf(zero ? " on" : "");
    printf(map != NULL ? ", mapped different %d\n" : "\n", differ);
}

static void fill(void) {
    static char bytes[SIZE];
    memset(bytes, 'x', sizeof bytes);
    ftruncate(file, 0);
    pwrite(file, bytes, sizeof bytes, 0);
}

static void holes(void) {
    fill();
    char *seen = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *own = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    own[2 * PAGE] = 'o';
    seen[3 * PAGE] = 'y';
    lseek(file, 777, SEEK_SET);
    unsigned hole = PUNCH_HOLE | KEEP_SIZE;
    printf("in one page: %d\n", allocate(file, hole, 10, 20));
    look("holes", seen);
    printf("over pages: %d\n", allocate(file, hole, PAGE + 4000, 2 * PAGE));
    look("holes", seen);
    printf("a copy of one's own stays: %c %d\n", own[2 * PAGE], own[2 * PAGE - 1]);
    printf("to a page's end: %d, from its start %d\n", allocate(file, hole, 5 * PAGE - 5, 5), allocate(file, hole, 5 * PAGE, 3));
    look("holes", seen);
    printf("beyond the end: %d %d\n", allocate(file, hole, SIZE - 10, 1000000), allocate(file, hole, 100000, 5));
    look("holes", seen);
    printf("position: %ld\n", lseek(file, 0, SEEK_CUR));
    munmap(seen, SIZE);
    munmap(own, SIZE);
}

static void lengths(void) {
    fill();
    printf("within: %d\n", allocate(file, 0, 5, 100));
    look("as before", NULL);
    printf("longer, kept: %d\n", allocate(file, KEEP_SIZE, SIZE, 10 * PAGE));
    look("as before", NULL);
    printf("longer: %d\n", allocate(file, 0, SIZE - 50, PAGE));
    look("grown", NULL);
    printf("far: %d, size %ld\n", allocate(file, 0, 10 * PAGE, 1), size());
    ftruncate(file, 0);
    printf("of none: %d, size %ld\n", allocate(file, 0, 0, 12345), size());
}

static void refused(void) {
    int ends[2], reading = open("allocated", O_RDONLY), folder = open(".", O_RDONLY), null = open("/dev/null", O_RDWR);
    int place = open("allocated", 010000000); // O_PATH
    pipe(ends);
    printf("of nothing: %d, less than nothing %d, before the start %d\n", allocate(file, 0, 5, 0),
           allocate(file, 0, 5, -1), allocate(file, 0, -1, 5));
    printf("a hole that grows: %d, unknown %d %d %d\n", allocate(file, PUNCH_HOLE, 0, 5), allocate(file, 0x1000, 0, 5),
           allocate(file, PUNCH_HOLE | 0x10 | KEEP_SIZE, 0, 5), allocate(file, 0x80000000u, 0, 5));
    printf("moved, and kept: %d %d\n", allocate(file, 8 | KEEP_SIZE, 0, PAGE), allocate(file, 0x20 | KEEP_SIZE, 0, PAGE));
    printf("closed: %d, only read %d, a place %d\n", allocate(77, 0, 0, 5), allocate(reading, 0, 0, 5),
           allocate(place, 0, 0, 5));
    printf("a pipe: %d %d, a directory %d, a device %d\n", allocate(ends[0], 0, 0, 5), allocate(ends[1], 0, 0, 5),
           allocate(folder, 0, 0, 5), allocate(null, 0, 0, 5));
    printf("order: %d %d %d\n", allocate(77, 0, 0, 0), allocate(reading, 0x1000, 0, 5), allocate(reading, 0x1000, 0, 0));
    printf("too far: %d\n", allocate(file, 0, 0x7ffffffffffff000, 0x1000));
}

static void limited(void) {
    signal(SIGXFSZ, SIG_IGN);
    ftruncate(file, 500);
    set_limit(FILE_SIZE, 1000, 1000);
    printf("up to the limit: %d %d, size %ld\n", allocate(file, 0, 0, 900), allocate(file, 0, 990, 10), size());
    printf("beyond: %d, size %ld\n", allocate(file, 0, 990, 11), size());
    printf("without growing: %d, size %ld\n", allocate(file, PUNCH_HOLE | KEEP_SIZE, 990, 1000), size());
    signal(SIGXFSZ, SIG_DFL);
    fflush(stdout);
    allocate(file, 0, 5000, 1);
}

int main(void) {
    file = open("allocated", O_RDWR | O_CREAT | O_TRUNC, 0600);
    holes();
    lengths();
    refused();
    pid_t child = start_child();
    if (child == 0) {
        limited();
        end_child(0);
    }
    printf("ended %x\n", end_of(child) & 0x7f);
    unlink("allocated");
    return 0;
}
