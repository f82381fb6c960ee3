// SPDX-License-Identifier: 0BSD
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4

#define _SC_CLK_TCK 2
#define _SC_PAGESIZE 30

extern char **environ;

ssize_t read(int fd, void *out, size_t count);
ssize_t write(int fd, const void *data, size_t count);
int close(int fd);
ssize_t pread(int fd, void *out, size_t count, off_t offset);
ssize_t pwrite(int fd, const void *data, size_t count, off_t offset);
off_t lseek(int fd, off_t offset, int whence);
int truncate(const char *path, off_t length);
int ftruncate(int fd, off_t length);
int fsync(int fd);
int dup(int fd);
int dup2(int from, int to);
int pipe(int ends[2]);
int pipe2(int ends[2], int flags);
int isatty(int fd);
int access(const char *path, int mode);
int unlink(const char *path);
int link(const char *from, const char *to);
int symlink(const char *target, const char *path);
ssize_t readlink(const char *path, char *out, size_t size);
int rmdir(const char *path);
int chdir(const char *path);
char *getcwd(char *out, size_t size);

int brk(void *end);
void *sbrk(intptr_t change);
int getpagesize(void);
long sysconf(int name);

pid_t fork(void);
pid_t vfork(void) __attribute__((returns_twice));
int execve(const char *path, char *const arguments[], char *const environment[]);
int execv(const char *path, char *const arguments[]);
pid_t getpid(void);
pid_t getppid(void);
int setpgid(pid_t pid, pid_t group);
pid_t getpgid(pid_t pid);
pid_t getpgrp(void);
pid_t setsid(void);
pid_t getsid(pid_t pid);
int nice(int change);
unsigned int alarm(unsigned int seconds);
int pause(void);
unsigned int sleep(unsigned int seconds);
long syscall(long number, ...);
void _exit(int status) __attribute__((noreturn));
