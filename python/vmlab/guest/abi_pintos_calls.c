// SPDX-License-Identifier: 0BSD
// What of the standard headers Pintos has calls for. Its files do not grow: one that is created here stays empty, and
// create() of pintos.h makes one of a size. It has no errors but -1, and no memory to ask for but what a program brings.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAP_BYTES (1024 * 1024)
#define STATUS_BITS 0xff

bool __pintos_create(const char *name, unsigned int size);
bool __pintos_remove(const char *name);
int __pintos_open(const char *name);
int __pintos_filesize(int fd);
void __pintos_seek(int fd, unsigned int position);
unsigned int __pintos_tell(int fd);
int __pintos_wait(pid_t child);
bool __pintos_chdir(const char *name);
bool __pintos_mkdir(const char *name);

// Pages of it come into memory when they are touched.
static char heap[HEAP_BYTES];
static size_t heap_used;

static int fail(int error) {
    errno = error;
    return -1;
}

int open(const char *path, int flags, ...) {
    if ((flags & O_CREAT) != 0 && !__pintos_create(path, 0) && (flags & O_EXCL) != 0)
        return fail(EEXIST);
    int fd = __pintos_open(path);
    return fd < 0 ? fail(ENOENT) : fd;
}

off_t lseek(int fd, off_t offset, int whence) {
    int size = __pintos_filesize(fd);
    if (size < 0)
        return fail(EBADF);
    off_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (off_t)__pintos_tell(fd) : size;
    if (from + offset < 0)
        return fail(EINVAL);
    __pintos_seek(fd, (unsigned int)(from + offset));
    return from + offset;
}

int unlink(const char *path) {
    return __pintos_remove(path) ? 0 : fail(ENOENT);
}

int chdir(const char *path) {
    return __pintos_chdir(path) ? 0 : fail(ENOENT);
}

int mkdir(const char *path, mode_t mode) {
    (void)mode;
    return __pintos_mkdir(path) ? 0 : fail(EEXIST);
}

// Only for a child that is named: Pintos cannot wait for whichever ends first.
pid_t waitpid(pid_t child, int *status, int options) {
    if (child <= 0 || options != 0)
        return fail(EINVAL);
    int result = __pintos_wait(child);
    if (status != NULL)
        *status = (result & STATUS_BITS) << 8;
    return child;
}

int brk(void *end) {
    char *wanted = end;
    if (wanted < heap || wanted > heap + HEAP_BYTES)
        return fail(ENOMEM);
    heap_used = (size_t)(wanted - heap);
    return 0;
}

void *sbrk(intptr_t change) {
    char *old = heap + heap_used;
    if (change > (intptr_t)(HEAP_BYTES - heap_used) || change < -(intptr_t)heap_used) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_used += (size_t)change;
    return old;
}

int isatty(int fd) {
    return fd == STDIN_FILENO || fd == STDOUT_FILENO;
}

pid_t getpid(void) {
    return fail(ENOSYS);
}

int kill(pid_t pid, int number) {
    (void)pid;
    (void)number;
    return fail(ENOSYS);
}
