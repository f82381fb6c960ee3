// SPDX-License-Identifier: 0BSD
// O_PATH: files that are only named, and what can and cannot be done with them.
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_raw_call.h"

#define O_PLACE 010000000
#define O_NO_FOLLOW 0400000
#define O_ONLY_DIRECTORY 0200000
#define EMPTY_PATH 0x1000
#define NO_FOLLOW 0x100

enum { NR_READ = 3, NR_WRITE, NR_DUP = 41, NR_IOCTL = 54, NR_FCHMOD = 94, NR_FCHOWN, NR_FSTATFS = 100, NR_FSYNC = 118 };
enum { NR_FCHDIR = 133, NR_LLSEEK = 140, NR_FLOCK = 143, NR_FTRUNCATE = 93, NR_PREAD = 180, NR_SENDFILE = 187 };
enum { NR_FSTAT64 = 197, NR_FCHOWN32 = 207, NR_GETDENTS64 = 220, NR_FCNTL64, NR_OPENAT = 295, NR_MKDIRAT, NR_FCHOWNAT = 298 };
enum { NR_FSTATAT64 = 300, NR_UNLINKAT, NR_LINKAT = 303, NR_READLINKAT = 305, NR_FCHMODAT, NR_FACCESSAT, NR_UTIMENSAT = 320 };
enum { NR_DUP3 = 330, NR_OPEN = 5, NR_MMAP2 = 192, NR_PIPE2 = 331, NR_POLL = 168 };

static struct stat status;

static void show(const char *what, int result) {
    printf("%s: %d\n", what, result);
}

static int opened(const char *path, unsigned flags) {
    return CALL(NR_OPEN, P(path), flags, 0);
}

static void on_file(unsigned fd) {
    static char bytes[64];
    show("read", CALL(NR_READ, fd, P(bytes), 8));
    show("read nothing", CALL(NR_READ, fd, P(bytes), 0));
    show("write", CALL(NR_WRITE, fd, P("x"), 1));
    show("pread", CALL(NR_PREAD, fd, P(bytes), 8, 0, 0));
    show("seek", CALL(NR_LLSEEK, fd, 0, 0, P(bytes), 0));
    show("cut", CALL(NR_FTRUNCATE, fd, 0));
    show("sync", CALL(NR_FSYNC, fd));
    show("rights", CALL(NR_FCHMOD, fd, 0600));
    show("owner", CALL(NR_FCHOWN32, fd, 0, 0));
    show("ioctl", CALL(NR_IOCTL, fd, 0x541b, P(bytes)));
    show("flock", CALL(NR_FLOCK, fd, 2));
    show("list", CALL(NR_GETDENTS64, fd, P(bytes), sizeof bytes));
    show("map", CALL(NR_MMAP2, 0, 4096, 1, 2, fd, 0));
    show("set flags", CALL(NR_FCNTL64, fd, F_SETFL, O_APPEND));
    show("lock", CALL(NR_FCNTL64, fd, 13, P(bytes)));
    show("sendfile", CALL(NR_SENDFILE, 1, fd, 0, 1));
    show("times of the descriptor", CALL(NR_UTIMENSAT, fd, 0, 0, 0));
    struct pollfd polled = {(int)fd, POLLIN, 0};
    show("poll", CALL(NR_POLL, P(&polled), 1, 0));
    show("polled", polled.revents);
    show("status", CALL(NR_FSTAT64, fd, P(&status)));
    printf("mode %o, size %d\n", (unsigned)status.st_mode, (int)status.st_size);
    show("flags", CALL(NR_FCNTL64, fd, F_GETFL));
    show("closes on exec", CALL(NR_FCNTL64, fd, F_GETFD));
    show("closes on exec, set", CALL(NR_FCNTL64, fd, F_SETFD, 1));
    show("closes on exec", CALL(NR_FCNTL64, fd, F_GETFD));
    show("filesystem", CALL(NR_FSTATFS, fd, P(bytes)) == 0);
    unsigned copy = (unsigned)CALL(NR_DUP, fd);
    show("copy reads", CALL(NR_READ, copy, P(bytes), 8));
    show("copy at a number", CALL(NR_DUP3, fd, copy + 1, 0) == (int)copy + 1);
    show("copy's flags", CALL(NR_FCNTL64, copy + 1, F_GETFL));
    show("below it", CALL(NR_OPENAT, fd, P("x"), 0, 0));
    show("as a directory to be in", CALL(NR_FCHDIR, fd));
    show("close", close((int)fd));
    close((int)copy);
    close((int)copy + 1);
}

static void on_directory(void) {
    unsigned fd = (unsigned)opened("place", O_PLACE | O_ONLY_DIRECTORY);
    show("status", CALL(NR_FSTATAT64, fd, P(""), P(&status), EMPTY_PATH));
    printf("directory %d\n", S_ISDIR(status.st_mode));
    int below = CALL(NR_OPENAT, fd, P("file"), O_RDWR, 0);
    show("below it", read(below, &status, 4));
    show("made below it", CALL(NR_MKDIRAT, fd, P("sub"), 0700));
    show("may be entered", CALL(NR_FACCESSAT, fd, P("sub"), 1));
    show("nothing below it", CALL(NR_OPENAT, fd, P("none"), 0, 0));
    show("empty path", CALL(NR_OPENAT, fd, P(""), 0, 0));
    show("removed below it", CALL(NR_UNLINKAT, fd, P("sub"), 0x200));
    show("to be in", CALL(NR_FCHDIR, fd));
    show("there", access("file", F_OK));
    show("back", chdir(".."));
    show("link of the directory", CALL(NR_READLINKAT, fd, P(""), P(&status), 10));
    close(below);
    close((int)fd);
}

static void on_link(void) {
    char target[16] = "";
    symlink("file", "place/link");
    unsigned link = (unsigned)opened("place/link", O_PLACE | O_NO_FOLLOW);
    show("a link itself", CALL(NR_FSTAT64, link, P(&status)));
    printf("link %d\n", S_ISLNK(status.st_mode));
    show("where it leads", CALL(NR_READLINKAT, link, P(""), P(target), 16));
    printf("%s\n", target);
    show("as a directory", opened("place/link", O_PLACE | O_NO_FOLLOW | O_ONLY_DIRECTORY));
    show("a file as a directory", opened("place/file", O_PLACE | O_ONLY_DIRECTORY));
    int followed = opened("place/link", O_PLACE);
    show("followed", CALL(NR_FSTAT64, (unsigned)followed, P(&status)));
    printf("regular %d\n", S_ISREG(status.st_mode));
    close(followed);
    close((int)link);
    unlink("place/link");
    show("nothing", opened("place/none", O_PLACE | O_CREAT));
}

static void by_empty_path(void) {
    unsigned fd = (unsigned)opened("place/file", O_PLACE | O_RDWR | O_TRUNC);
    show("size stays", CALL(NR_FSTAT64, fd, P(&status)) + (int)status.st_size);
    show("owner", CALL(NR_FCHOWNAT, fd, P(""), 0, 0, EMPTY_PATH));
    show("times", CALL(NR_UTIMENSAT, fd, P(""), 0, EMPTY_PATH));
    show("another name", CALL(NR_LINKAT, fd, P(""), CWD, P("place/other"), EMPTY_PATH));
    show("its names", CALL(NR_FSTAT64, fd, P(&status)) + (int)status.st_nlink);
    char path[32];
    sprintf(path, "/proc/self/fd/%u", fd);
    int again = open(path, O_RDONLY);
    show("opened anew", read(again, &status, 4));
    close(again);
    close((int)fd);
    unlink("place/other");
    mkfifo("place/fifo", 0600);
    int fifo = opened("place/fifo", O_PLACE);
    show("a FIFO without waiting", fifo >= 0);
    close(fifo);
    unlink("place/fifo");
}

int main(void) {
    mkdir("place", 0755);
    int file = open("place/file", O_RDWR | O_CREAT, 0644);
    write(file, "12345", 5);
    close(file);
    on_file((unsigned)opened("place/file", O_PLACE));
    on_directory();
    on_link();
    by_empty_path();
    unlink("place/file");
    rmdir("place");
    return 0;
}
