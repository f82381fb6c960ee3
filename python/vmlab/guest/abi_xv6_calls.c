// SPDX-License-Identifier: 0BSD
// The xv6 calls whose arguments or structures differ from what the standard headers say.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define XV6_CREATE 0x200
#define XV6_ACCESS 3
#define TICKS_A_SECOND 100
#define NANOSECONDS_A_TICK (1000000000 / TICKS_A_SECOND)

enum { XV6_DIRECTORY = 1, XV6_FILE = 2, XV6_DEVICE = 3 };

struct xv6_stat {
    short type;
    int device;
    unsigned int inode;
    short links;
    unsigned int size;
};

int __xv6_wait(void);
int __xv6_exec(const char *path, char *const arguments[]);
int __xv6_fstat(int fd, struct xv6_stat *out);
int __xv6_sleep(int ticks);
int __xv6_uptime(void);
int __xv6_open(const char *path, int flags);
int __xv6_mknod(const char *path, short major, short minor);

int open(const char *path, int flags, ...) {
    return __xv6_open(path, (flags & XV6_ACCESS) | ((flags & O_CREAT) != 0 ? XV6_CREATE : 0));
}

int creat(const char *path, mode_t mode) {
    (void)mode;
    return open(path, O_WRONLY | O_CREAT);
}

// xv6 has device nodes alone; a device is major << 8 | minor.
int mknod(const char *path, mode_t mode, dev_t device) {
    (void)mode;
    return __xv6_mknod(path, (short)(device >> 8), (short)(device & 0xff));
}

int rmdir(const char *path) {
    return unlink(path);
}

int execve(const char *path, char *const arguments[], char *const environment[]) {
    (void)environment;
    return __xv6_exec(path, arguments);
}

// xv6 waits for any child and knows no status; who waits for one loses those that end before it.
pid_t waitpid(pid_t pid, int *status, int options) {
    (void)options;
    pid_t ended;
    do {
        ended = __xv6_wait();
    } while (ended >= 0 && pid > 0 && ended != pid);
    if (ended >= 0 && status != NULL)
        *status = 0;
    return ended;
}

int fstat(int fd, struct stat *out) {
    struct xv6_stat raw;
    if (__xv6_fstat(fd, &raw) < 0)
        return -1;
    memset(out, 0, sizeof *out);
    out->st_dev = (dev_t)raw.device;
    out->st_ino = raw.inode;
    out->st_mode = raw.type == XV6_DIRECTORY ? S_IFDIR : raw.type == XV6_DEVICE ? S_IFCHR : S_IFREG;
    out->st_nlink = (nlink_t)raw.links;
    out->st_size = raw.size;
    return 0;
}

int stat(const char *path, struct stat *out) {
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return -1;
    int result = fstat(fd, out);
    close(fd);
    return result;
}

int isatty(int fd) {
    struct xv6_stat raw;
    return __xv6_fstat(fd, &raw) == 0 && raw.type == XV6_DEVICE;
}

int brk(void *end) {
    uintptr_t now = (uintptr_t)sbrk(0);
    return sbrk((intptr_t)((uintptr_t)end - now)) == (void *)-1 ? -1 : 0;
}

int nanosleep(const struct timespec *wanted, struct timespec *left) {
    long ticks = (long)wanted->tv_sec * TICKS_A_SECOND;
    ticks += (wanted->tv_nsec + NANOSECONDS_A_TICK - 1) / NANOSECONDS_A_TICK;
    if (left != NULL)
        left->tv_sec = left->tv_nsec = 0;
    return __xv6_sleep((int)ticks);
}

int clock_gettime(int clock, struct timespec *out) {
    (void)clock;
    int ticks = __xv6_uptime();
    out->tv_sec = ticks / TICKS_A_SECOND;
    out->tv_nsec = (long)(ticks % TICKS_A_SECOND) * NANOSECONDS_A_TICK;
    return 0;
}
