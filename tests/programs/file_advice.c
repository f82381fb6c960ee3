// SPDX-License-Identifier: 0BSD
// What a program says of the files it reads: fadvise64, readahead, sync_file_range: what they take, and that bytes stay.
#include "child_process.h"
#include "linux_raw_call.h"
#include <fcntl.h>

enum { READAHEAD = 225, FADVISE64 = 250, FADVISE64_64 = 272, SYNC_FILE_RANGE = 314 };
enum { WAIT_BEFORE = 1, WRITE = 2, WAIT_AFTER = 4 };
enum { SIZE = 50000, LAST_ADVICE = 5 };

static int advise(int descriptor, long long start, unsigned bytes, unsigned advice) {
    return CALL(FADVISE64, (unsigned)descriptor, (unsigned)start, (unsigned)(start >> 32), bytes, advice);
}

static int advise_wide(int descriptor, long long start, long long bytes, unsigned advice) {
    return CALL(FADVISE64_64, (unsigned)descriptor, (unsigned)start, (unsigned)(start >> 32), (unsigned)bytes,
                (unsigned)(bytes >> 32), advice);
}

static int read_ahead(int descriptor, long long start, unsigned bytes) {
    return CALL(READAHEAD, (unsigned)descriptor, (unsigned)start, (unsigned)(start >> 32), bytes);
}

static int synchronize(int descriptor, long long start, long long bytes, unsigned flags) {
    return CALL(SYNC_FILE_RANGE, (unsigned)descriptor, (unsigned)start, (unsigned)(start >> 32), (unsigned)bytes,
                (unsigned)(bytes >> 32), flags);
}

static int file;

/// Whether each byte is what was written.
static void check(const char *what) {
    static unsigned char bytes[SIZE];
    int wrong = 0;
    long got = pread(file, bytes, SIZE, 0);
    for (long at = 0; at < got; at++)
        wrong += bytes[at] != (unsigned char)(at * 7);
    printf("%s: %ld bytes, wrong %d\n", what, got, wrong);
}

static void taken(void) {
    for (unsigned advice = 0; advice <= LAST_ADVICE + 1; advice++) {
        printf("advice %u: %d %d %d", advice, advise(file, 0, 0, advice), advise(file, 5000, 10000, advice),
               advise_wide(file, 4096, 8192, advice));
        printf(" %d %d %d\n", advise_wide(file, 60000, 5, advice), advise_wide(file, 1000, 1ll << 40, advice),
               advise(file, -5, 3, advice));
        check("after it");
    }
    printf("unknown: %d %d\n", advise(file, 0, 0, 7), advise_wide(file, 0, 0, 0xffffffff));
    printf("a negative length: %d, a large one %d\n", advise_wide(file, 0, -1, 4), advise(file, 0, 0xffffffff, 4));
    printf("ahead: %d %d %d %d %d\n", read_ahead(file, 0, SIZE), read_ahead(file, 20000, 5), read_ahead(file, 70000, 5),
           read_ahead(file, 0, 0), read_ahead(file, 100, 0xffffffff));
    printf("to the disk: %d %d %d %d\n", synchronize(file, 0, 0, WRITE),
           synchronize(file, 0, SIZE, WAIT_BEFORE | WRITE | WAIT_AFTER), synchronize(file, 90000, 5, WAIT_AFTER),
           synchronize(file, 5, 5, 0));
    check("then");
}

static void refused(int descriptor, const char *what) {
    printf("%s: %d %d", what, advise(descriptor, 0, 0, 3), advise_wide(descriptor, 0, 0, 9));
    printf(", %d, %d\n", read_ahead(descriptor, 0, 5), synchronize(descriptor, 0, 0, WRITE));
}

int main(void) {
    static unsigned char bytes[SIZE];
    int ends[2];
    file = open("advised", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int at = 0; at < SIZE; at++)
        bytes[at] = (unsigned char)(at * 7);
    write(file, bytes, SIZE);
    taken();
    pipe(ends);
    refused(77, "closed");
    refused(ends[0], "a pipe to read");
    refused(ends[1], "a pipe to write");
    refused(open(".", O_RDONLY), "a directory");
    refused(open("advised", 010000000), "a place"); // O_PATH
    refused(open("advised", O_WRONLY), "only written");
    refused(open("/dev/null", O_RDWR), "a device");
    printf("flags: %d %d, before the start %d %d, behind the last %d %d\n", synchronize(file, 0, 0, 8),
           synchronize(77, 0, 0, 8), synchronize(file, -1, 0, 0), synchronize(file, 0, -1, 0),
           synchronize(file, 0x7fffffffffffffff, 1, 0), synchronize(file, 0x7fffffffffffffff, 0, 0));
    unlink("advised");
    return 0;
}
