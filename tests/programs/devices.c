// SPDX-License-Identifier: 0BSD
// /dev/zero, /dev/null and /dev/full: what reads, writes, seeks and mappings of them do.
#include "child_process.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

static void calls(const char *path) {
    char bytes[64];
    struct stat status;
    int device = open(path, O_RDWR);
    memset(bytes, 'x', sizeof bytes);
    int got = result_of((int)read(device, bytes, sizeof bytes)), zeros = 0;
    for (int i = 0; i < 64; i++)
        zeros += bytes[i] == 0;
    printf("%s: read %d, zeros %d, ", path, got, zeros);
    printf("write %d, of nothing %d, ", result_of((int)write(device, bytes, 10)),
           result_of((int)write(device, bytes, 0)));
    printf("pread %d, pwrite %d\n", result_of((int)pread(device, bytes, 5, 100)),
           result_of((int)pwrite(device, bytes, 5, 100)));
    fstat(device, &status);
    printf("  character device %d, size %d, seek %ld %ld, truncated %d\n", S_ISCHR(status.st_mode), (int)status.st_size,
           lseek(device, 10, SEEK_SET), lseek(device, 0, SEEK_CUR), result_of(ftruncate(device, 0)));
    struct pollfd one = {device, POLLIN | POLLOUT, 0};
    printf("  poll %d %x, terminal %d\n", poll(&one, 1, 0), (unsigned)one.revents, isatty(device));
    printf("  to a bad address %d, from one %d\n", result_of((int)read(device, (void *)16, 10)),
           result_of((int)write(device, (void *)16, 10)));
    close(device);
    printf("  read only: write %d", result_of((int)write(device = open(path, O_RDONLY), "x", 1)));
    close(device);
    printf(", write only: read %d",
           result_of((int)read(device = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600), bytes, 1)));
    close(device);
    printf(", as a directory %d\n", result_of(open(path, O_RDONLY | O_DIRECTORY)));
}

static void mapped_zeros(void) {
    int zero = open("/dev/zero", O_RDWR);
    volatile char *own = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    volatile char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
    own[0] = shared[0] = 1;
    pid_t child = start_child();
    if (child == 0) {
        own[0] = shared[0] = 2;
        shared[5000] = 3;
        _exit(0);
    }
    end_of(child);
    printf("mapped: private %d, shared %d %d, fresh %d\n", own[0], shared[0], shared[5000], own[4096]);
    volatile char *another = mmap(NULL, 4096, PROT_READ, MAP_SHARED, zero, 0);
    printf("each shared mapping is a new one: %d\n", another[0]);
    printf("read into memory clears it: %d %d\n", (int)read(zero, (char *)own, 4096), own[0]);
    int full = open("/dev/full", O_RDWR), null = open("/dev/null", O_RDWR);
    char *of_null = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, null, 0);
    printf("null: %d\n", of_null == MAP_FAILED ? errno : 0);
    close(full);
}

static void much(void) {
    static char buffer[100000];
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    long read_in_all = 0, written = 0;
    memset(buffer, 7, sizeof buffer);
    for (int i = 0; i < 10; i++) {
        read_in_all += read(zero, buffer, sizeof buffer);
        written += write(null, buffer, sizeof buffer);
    }
    int others = 0;
    for (unsigned i = 0; i < sizeof buffer; i++)
        others += buffer[i] != 0;
    printf("much: %ld %ld, not zero %d\n", read_in_all, written, others);
    close(zero);
    close(null);
}

int main(void) {
    calls("/dev/zero");
    calls("/dev/null");
    calls("/dev/full");
    mapped_zeros();
    much();
    return 0;
}
