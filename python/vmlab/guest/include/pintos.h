// SPDX-License-Identifier: 0BSD
// The system calls of Pintos by their names there, for programs that are written for it alone: several share their name with
// another function of the standard headers, so that a program includes either this or those (unistd.h, fcntl.h, sys/mman.h,
// sys/stat.h, sys/wait.h).
#pragma once

#include <stdbool.h>

typedef int pid_t;
typedef int mapid_t;
#define PID_ERROR ((pid_t)-1)
#define MAP_FAILED ((mapid_t)-1)
#define READDIR_MAX_LEN 14

void halt(void) __asm__("__pintos_halt") __attribute__((noreturn));
void exit(int status) __attribute__((noreturn));
pid_t exec(const char *command) __asm__("__pintos_exec");
int wait(pid_t child) __asm__("__pintos_wait");
bool create(const char *name, unsigned int size) __asm__("__pintos_create");
bool remove(const char *name) __asm__("__pintos_remove");
int open(const char *name) __asm__("__pintos_open");
int filesize(int fd) __asm__("__pintos_filesize");
int read(int fd, void *out, unsigned int size);
int write(int fd, const void *data, unsigned int size);
void seek(int fd, unsigned int position) __asm__("__pintos_seek");
unsigned int tell(int fd) __asm__("__pintos_tell");
int close(int fd);
mapid_t mmap(int fd, void *address) __asm__("__pintos_mmap");
void munmap(mapid_t mapping) __asm__("__pintos_munmap");
bool chdir(const char *name) __asm__("__pintos_chdir");
bool mkdir(const char *name) __asm__("__pintos_mkdir");
bool readdir(int fd, char name[READDIR_MAX_LEN + 1]) __asm__("__pintos_readdir");
bool isdir(int fd) __asm__("__pintos_isdir");
int inumber(int fd) __asm__("__pintos_inumber");
