// SPDX-License-Identifier: 0BSD
// rename and renameat2 over files, directories, links and all that they refuse.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"

#define RENAME(from, to, flags) CALL(353, CWD, P(from), CWD, P(to), flags)

static void make(const char *path, const char *text) {
    int fd = creat(path, 0644);
    write(fd, text, strlen(text));
    close(fd);
}

static void show(const char *path) {
    struct stat status;
    if (lstat(path, &status) < 0) {
        printf("  %s: %s\n", path, strerror(errno));
        return;
    }
    printf("  %s: mode %o links %d", path, status.st_mode, (int)status.st_nlink);
    if (S_ISREG(status.st_mode)) {
        char text[20];
        int fd = open(path, O_RDONLY);
        int count = (int)read(fd, text, sizeof text);
        close(fd);
        printf(" text %.*s", count, text);
    }
    printf("\n");
}

static void files(void) {
    make("a", "a");
    make("b", "b");
    SHOW(rename("a", "a"));
    SHOW(rename("a", "b"));
    show("a");
    show("b");
    SHOW(link("b", "twin"));
    SHOW(rename("b", "twin"));
    show("b");
    show("twin");
    unlink("twin");
    SHOW(rename("none", "b"));
    SHOW(rename("b", "none/b"));
    SHOW(rename("b", "b/c"));
    SHOW(rename("b/", "c"));
    SHOW(rename("b", "c/"));
    SHOW(rename("b", ""));
    SHOW(rename("", "c"));
    SHOW(rename("b", (char *)0x20000000));
    symlink("b", "link");
    SHOW(rename("link", "moved"));
    show("moved");
    make("c", "c");
    SHOW(rename("c", "moved"));
    show("moved");
}

static void directories(void) {
    mkdir("d", 0755);
    mkdir("d/e", 0755);
    mkdir("f", 0755);
    SHOW(rename("d", "d/e"));
    SHOW(rename("d", "d/e/g"));
    SHOW(rename("d/e", "d"));
    SHOW(rename("b", "d"));
    SHOW(rename("d", "b"));
    make("d/e/file", "x");
    SHOW(rename("d/e/file", "d/e"));
    SHOW(rename("f", "d"));
    SHOW(rename("d/e/file", "d"));
    SHOW(rename("d", "f"));
    show("d");
    show("f");
    show("f/e");
    SHOW(rename("f/e", "e/"));
    show("e");
    show("f");
    show("e/file");
    show("e/../b");
    SHOW(rename(".", "x"));
    SHOW(rename("e", "."));
    SHOW(rename("e", ".."));
    SHOW(rename("e/..", "x"));
    SHOW(rename("/", "x"));
    SHOW(rename("e", "/"));
    SHOW(rmdir("e/file"));
    SHOW(rmdir("e"));
    SHOW(rmdir("."));
    SHOW(rmdir("e/.."));
    SHOW(rmdir("e/."));
    SHOW(rmdir("none"));
    SHOW(rmdir("f/"));
}

static void with_flags(void) {
    make("one", "1");
    make("two", "2");
    SHOW(RENAME("one", "two", 1));
    SHOW(RENAME("one", "three", 1));
    SHOW(RENAME("three", "two", 2));
    show("two");
    show("three");
    SHOW(RENAME("three", "none", 2));
    SHOW(RENAME("none", "three", 2));
    SHOW(RENAME("three", "two", 3));
    SHOW(RENAME("three", "two", 16));
    SHOW(RENAME("three", "e", 2));
    show("e");
    show("three");
    show("three/file");
    SHOW(RENAME("three", "three/file", 2));
    SHOW(RENAME("three/file", "three", 2));
    SHOW(RENAME("three", ".", 1));
    SHOW(RENAME("three", ".", 2));
    SHOW(RENAME("none", "e", 1));
}

int main(void) {
    files();
    directories();
    with_flags();
    return 0;
}
