// SPDX-License-Identifier: 0BSD
// copy_file_range: places and positions, ends of files, copies within one file, and what is refused.
#include "child_process.h"
#include "limit_probe.h"
#include <fcntl.h>
#include <sys/stat.h>

enum { COPY_FILE_RANGE = 377, MEMFD_CREATE = 356, SIZE = 3 * PAGE + 50 };
#define BAD 0xc0000000u // the kernel's

static int from, to;

static int copy(int in, const void *in_place, int out, const void *out_place, unsigned bytes) {
    return CALL(COPY_FILE_RANGE, (unsigned)in, P(in_place), (unsigned)out, P(out_place), bytes, 0);
}

static void tell(const char *what, int result) {
    static unsigned char bytes[8 * PAGE];
    long got = pread(to, bytes, sizeof bytes, 0);
    unsigned sum = 0;
    for (long at = 0; at < got; at++)
        sum = sum * 31 + bytes[at];
    printf("%s: %d, positions %ld %ld, holds %ld bytes, sum %x\n", what, result, lseek(from, 0, SEEK_CUR),
           lseek(to, 0, SEEK_CUR), got, sum);
}

static void copies(void) {
    long long in = 100, out = 5000;
    tell("all", copy(from, NULL, to, NULL, SIZE));
    tell("at the end", copy(from, NULL, to, NULL, 10));
    lseek(from, 50, SEEK_SET);
    tell("more than there is", copy(from, NULL, to, NULL, 1000000));
    tell("with places", copy(from, &in, to, &out, 200));
    printf("places %lld %lld\n", in, out);
    lseek(from, 7, SEEK_SET);
    lseek(to, 20000, SEEK_SET);
    tell("a place to read", copy(from, &in, to, NULL, 4500));
    tell("a place to write", copy(from, NULL, to, &out, 4500));
    printf("places %lld %lld\n", in, out);
    in = 100000;
    tell("nothing there", copy(from, &in, to, &out, 5));
    tell("nothing at all", copy(from, NULL, to, NULL, 0));
    printf("places %lld %lld\n", in, out);
    out = 30000;
    tell("behind a gap", copy(from, NULL, to, &out, 0xffffffff - 8));
}

static void within(void) {
    long long in = 0, out = 100;
    tell("beside itself", copy(to, &in, to, &out, 100));
    printf("over itself: %d", copy(to, &in, to, &out, 200));
    in = 150, out = 200;
    printf(" %d", copy(to, &in, to, &out, 51));
    in = 5, out = 5;
    printf(" %d %d\n", copy(to, &in, to, &out, 1), copy(to, &in, to, &out, 0));
}

static void refused(void) {
    int ends[2], folder = open(".", O_RDONLY), null = open("/dev/null", O_RDWR), place = open("copied", 010000000);
    int reading = open("copied", O_RDONLY), writing = open("copied", O_WRONLY), adding = open("copied", O_WRONLY | O_APPEND);
    long long negative = -5, last = 0x7fffffffffffffff, wraps = -1, zero = 0;
    pipe(ends);
    printf("closed: %d %d, a place %d %d\n", copy(77, NULL, to, NULL, 5), copy(from, NULL, 77, NULL, 5),
           copy(place, NULL, to, NULL, 5), copy(from, NULL, place, NULL, 5));
    printf("rights: %d %d %d\n", copy(writing, NULL, to, NULL, 5), copy(from, NULL, reading, NULL, 5),
           copy(from, NULL, adding, NULL, 5));
    printf("a directory: %d %d, a pipe %d %d, a device %d %d\n", copy(folder, NULL, to, NULL, 5),
           copy(from, NULL, folder, NULL, 5), copy(ends[0], NULL, to, NULL, 5), copy(from, NULL, ends[1], NULL, 5),
           copy(null, NULL, to, NULL, 5), copy(from, NULL, null, NULL, 5));
    printf("flags: %d, of the closed %d, from nowhere %d\n", CALL(COPY_FILE_RANGE, from, 0, to, 0, 5, 1),
           CALL(COPY_FILE_RANGE, 77, 0, to, 0, 5, 1), CALL(COPY_FILE_RANGE, from, BAD, to, 0, 5, 1));
    printf("nowhere: %d %d %d\n", copy(from, (void *)BAD, to, NULL, 5), copy(from, NULL, to, (void *)BAD, 5),
           copy(77, (void *)BAD, to, NULL, 5));
    printf("before the start: %d %d, wrapping %d %d\n", copy(from, &negative, to, &zero, 3),
           copy(from, &zero, to, &negative, 3), copy(from, &wraps, to, &zero, 3), copy(from, &zero, to, &wraps, 3));
    printf("the last place: %d %d\n", copy(from, &last, to, &zero, 3), copy(from, &last, to, &zero, 0));
    int memory = CALL(MEMFD_CREATE, P("m"), 0), proc = open("/proc/version", O_RDONLY);
    printf("of other filesystems: %d %d %d\n", copy(memory, &zero, to, &zero, 3), copy(from, &zero, memory, &zero, 3),
           copy(proc, &zero, to, &zero, 3));
    const long long *read_only = mmap(NULL, PAGE, READ, PRIVATE, from, 0);
    lseek(from, 0, SEEK_SET);
    printf("a place that cannot be told: %d\n", copy(from, NULL, to, read_only, 3));
}

static void limited(void) {
    long long out = 900;
    signal(25, SIG_IGN); // SIGXFSZ
    set_limit(FILE_SIZE, 1000, 1000);
    ftruncate(to, 0);
    lseek(from, 0, SEEK_SET);
    tell("up to the limit", copy(from, NULL, to, &out, 200));
    tell("at the limit", copy(from, NULL, to, &out, 200));
    printf("place %lld\n", out);
}

int main(void) {
    static unsigned char bytes[SIZE];
    from = open("source", O_RDWR | O_CREAT | O_TRUNC, 0600);
    to = open("copied", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int at = 0; at < SIZE; at++)
        bytes[at] = (unsigned char)(at * 7 + at / 256);
    memset(bytes, 0, 8); // a place to copy to
    write(from, bytes, SIZE);
    lseek(from, 0, SEEK_SET);
    copies();
    within();
    refused();
    pid_t child = start_child();
    if (child == 0) {
        limited();
        end_child(0);
    }
    printf("ended %x\n", end_of(child));
    unlink("source");
    unlink("copied");
    return 0;
}
