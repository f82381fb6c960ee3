// SPDX-License-Identifier: 0BSD
// O_TMPFILE: files without a name, and how they get their first one.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_raw_call.h"

#define O_NAMELESS (020000000 | 0200000)
#define EMPTY_PATH 0x1000
#define FOLLOW 0x400

enum { NR_OPEN = 5, NR_LINKAT = 303, NR_FSTAT64 = 197, NR_FCNTL64 = 221 };

static struct stat status;

static void show(const char *what, int result) {
    printf("%s: %d\n", what, result);
}

static int opened(const char *path, unsigned flags, unsigned mode) {
    return CALL(NR_OPEN, P(path), flags, mode);
}

static int name_it(int fd, const char *name) {
    return CALL(NR_LINKAT, (unsigned)fd, P(""), CWD, P(name), EMPTY_PATH);
}

static void show_status(const char *what, int fd) {
    fstat(fd, &status);
    printf("%s: mode %o, names %d, size %d\n", what, (unsigned)status.st_mode, (int)status.st_nlink, (int)status.st_size);
}

static void mistakes(void) {
    show("only to read", opened(".", O_NAMELESS, 0600));
    show("not as a directory", opened(".", 020000000 | O_RDWR, 0600));
    show("created", opened(".", O_NAMELESS | O_RDWR | O_CREAT, 0600));
    show("in a file", opened("file", O_NAMELESS | O_RDWR, 0600));
    show("in nothing", opened("none", O_NAMELESS | O_RDWR, 0600));
    show("where files are made", opened("/proc", O_NAMELESS | O_RDWR, 0600));
}

static void naming(void) {
    char text[8] = "", path[32];
    umask(027);
    int fd = opened(".", O_NAMELESS | O_RDWR, 0666);
    show_status("new", fd);
    show("flags", (CALL(NR_FCNTL64, (unsigned)fd, F_GETFL) & O_NAMELESS) == O_NAMELESS);
    write(fd, "content", 7);
    show("a name that is taken", name_it(fd, "file"));
    show("a name", name_it(fd, "first"));
    show_status("named", fd);
    show("another name", name_it(fd, "second"));
    show_status("named twice", fd);
    int again = open("first", O_RDONLY);
    show("read", read(again, text, 7));
    printf("%s\n", text);
    close(again);
    unlink("first");
    unlink("second");
    show_status("without names", fd);
    show("a name again", name_it(fd, "third"));
    close(fd);
    fd = opened(".", O_NAMELESS | O_WRONLY, 0600);
    sprintf(path, "/proc/self/fd/%d", fd);
    show("a name by the descriptor's own", CALL(NR_LINKAT, CWD, P(path), CWD, P("fourth"), FOLLOW));
    show("there", access("fourth", F_OK));
    show("read what is only written", read(fd, text, 1));
    unlink("fourth");
    close(fd);
    fd = opened(".", O_NAMELESS | O_RDWR | O_EXCL, 0600);
    show("a name for one that gets none", name_it(fd, "fifth"));
    show("closed", close(fd));
}

int main(void) {
    close(open("file", O_RDWR | O_CREAT, 0600));
    mistakes();
    naming();
    unlink("file");
    return 0;
}
