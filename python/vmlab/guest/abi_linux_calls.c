// SPDX-License-Identifier: 0BSD
// The Linux calls whose arguments or structures differ from what the standard headers say.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIOCGWINSZ 0x5413
#define SA_RESTORER 0x04000000

struct linux_stat64 {
    unsigned long long device;
    unsigned char pad0[4];
    unsigned int short_inode;
    unsigned int mode;
    unsigned int links;
    unsigned int user;
    unsigned int group;
    unsigned long long special_device;
    unsigned char pad1[4];
    long long size;
    unsigned int block_size;
    unsigned long long blocks;
    unsigned int times[6]; // access, modification, change: seconds and nanoseconds each
    unsigned long long inode;
} __attribute__((packed, aligned(4)));

struct linux_sigaction {
    void *handler;
    unsigned int flags;
    void (*restorer)(void);
    sigset_t mask;
};

void __linux_restore(void);
void __linux_restore_info(void);
uintptr_t __linux_brk(uintptr_t end);
int __linux_ioctl(int fd, unsigned int request, void *argument);
pid_t __linux_wait4(pid_t pid, int *status, int options, void *usage);
int __linux_rt_sigaction(int number, const struct linux_sigaction *action, struct linux_sigaction *old,
                         size_t set_size);
int __linux_rt_sigprocmask(int how, const sigset_t *set, sigset_t *old, size_t set_size);
void *__linux_mmap2(void *address, size_t length, int protection, int flags, int fd, unsigned int page);
int __linux_stat64(const char *path, struct linux_stat64 *out);
int __linux_lstat64(const char *path, struct linux_stat64 *out);
int __linux_fstat64(int fd, struct linux_stat64 *out);
ssize_t __linux_pread64(int fd, void *out, size_t count, unsigned int offset, unsigned int high);
ssize_t __linux_pwrite64(int fd, const void *data, size_t count, unsigned int offset, unsigned int high);
int __linux_getcwd(char *out, size_t size);
int __linux_nice(int change);
int __linux_getpriority(int which, int who);
int __linux_rt_sigpending(sigset_t *out, size_t set_size);
int __linux_rt_sigsuspend(const sigset_t *blocked, size_t set_size);
int __linux_epoll_pwait(int set, struct epoll_event *out, int most, int milliseconds, const sigset_t *blocked,
                        size_t set_size);
int __linux_rt_sigqueueinfo(pid_t pid, int number, const siginfo_t *info);
int __linux_waitid(int which, pid_t id, siginfo_t *info, int options, struct rusage *usage);

int brk(void *end) {
    if (__linux_brk((uintptr_t)end) == (uintptr_t)end)
        return 0;
    errno = ENOMEM;
    return -1;
}

void *sbrk(intptr_t change) {
    uintptr_t old = __linux_brk(0);
    uintptr_t end = old + (uintptr_t)change;
    if ((change > 0 && end < old) || (change < 0 && end > old)) {
        errno = ENOMEM;
        return (void *)-1;
    }
    if (change != 0 && brk((void *)end) < 0)
        return (void *)-1;
    return (void *)old;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    if ((offset & 0xfff) != 0) {
        errno = EINVAL;
        return MAP_FAILED;
    }
    return __linux_mmap2(address, length, protection, flags, fd, (unsigned int)offset >> 12);
}

int creat(const char *path, mode_t mode) {
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int mkfifo(const char *path, mode_t mode) {
    return mknod(path, (mode & 07777) | S_IFIFO, 0);
}

ssize_t pread(int fd, void *out, size_t count, off_t offset) {
    return __linux_pread64(fd, out, count, (unsigned int)offset, offset < 0 ? -1U : 0);
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) {
    return __linux_pwrite64(fd, data, count, (unsigned int)offset, offset < 0 ? -1U : 0);
}

char *getcwd(char *out, size_t size) {
    return __linux_getcwd(out, size) < 0 ? NULL : out;
}

int isatty(int fd) {
    unsigned short size[4];
    return __linux_ioctl(fd, TIOCGWINSZ, size) == 0;
}

pid_t waitpid(pid_t pid, int *status, int options) {
    return __linux_wait4(pid, status, options, NULL);
}

int waitid(int which, pid_t id, siginfo_t *info, int options) {
    return __linux_waitid(which, id, info, options, NULL);
}

// The call tells 20 less the value, so that it is no error's number.
int getpriority(int which, int who) {
    int found = __linux_getpriority(which, who);
    return found < 0 ? found : 20 - found;
}

int nice(int change) {
    return __linux_nice(change) < 0 ? -1 : getpriority(PRIO_PROCESS, 0);
}

static int convert_stat(int result, const struct linux_stat64 *from, struct stat *out) {
    if (result < 0)
        return result;
    memset(out, 0, sizeof *out);
    out->st_dev = from->device;
    out->st_ino = from->inode;
    out->st_mode = from->mode;
    out->st_nlink = from->links;
    out->st_uid = from->user;
    out->st_gid = from->group;
    out->st_size = from->size;
    out->st_mtim.tv_sec = (time_t)from->times[2];
    out->st_mtim.tv_nsec = (long)from->times[3];
    return 0;
}

int stat(const char *path, struct stat *out) {
    struct linux_stat64 raw;
    return convert_stat(__linux_stat64(path, &raw), &raw, out);
}

int lstat(const char *path, struct stat *out) {
    struct linux_stat64 raw;
    return convert_stat(__linux_lstat64(path, &raw), &raw, out);
}

int fstat(int fd, struct stat *out) {
    struct linux_stat64 raw;
    return convert_stat(__linux_fstat64(fd, &raw), &raw, out);
}

int sigaction(int number, const struct sigaction *action, struct sigaction *old) {
    struct linux_sigaction wanted, previous;
    if (action != NULL) {
        wanted.handler = (void *)action->sa_handler;
        wanted.flags = (unsigned int)action->sa_flags | SA_RESTORER;
        wanted.restorer = (action->sa_flags & SA_SIGINFO) != 0 ? __linux_restore_info : __linux_restore;
        wanted.mask = action->sa_mask;
    }
    if (__linux_rt_sigaction(number, action != NULL ? &wanted : NULL, old != NULL ? &previous : NULL,
                             sizeof(sigset_t)) < 0)
        return -1;
    if (old != NULL) {
        old->sa_handler = (sighandler_t)previous.handler;
        old->sa_flags = (int)(previous.flags & ~(unsigned int)SA_RESTORER);
        old->sa_mask = previous.mask;
    }
    return 0;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
    return __linux_rt_sigprocmask(how, set, old, sizeof(sigset_t));
}

int sigpending(sigset_t *out) {
    return __linux_rt_sigpending(out, sizeof(sigset_t));
}

int sigsuspend(const sigset_t *blocked) {
    return __linux_rt_sigsuspend(blocked, sizeof(sigset_t));
}

int sigqueue(pid_t pid, int number, const union sigval value) {
    siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_value = value;
    return __linux_rt_sigqueueinfo(pid, number, &info);
}

int accept(int fd, struct sockaddr *address, socklen_t *bytes) {
    return accept4(fd, address, bytes, 0);
}

ssize_t send(int fd, const void *data, size_t count, int flags) {
    return sendto(fd, data, count, flags, NULL, 0);
}

ssize_t recv(int fd, void *out, size_t count, int flags) {
    return recvfrom(fd, out, count, flags, NULL, NULL);
}

int epoll_pwait(int set, struct epoll_event *out, int most, int milliseconds, const sigset_t *blocked) {
    return __linux_epoll_pwait(set, out, most, milliseconds, blocked, sizeof(sigset_t));
}
