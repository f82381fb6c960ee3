// SPDX-License-Identifier: 0BSD
// Hard links and symbolic ones: counts, targets, loops, and what cannot be linked.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"

static int links_of(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 ? (int)status.st_nlink : -1;
}

int main(void) {
    char text[300];
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    write(fd, "text", 4);
    SHOW(link("file", "second"));
    SHOW(links_of("file"));
    SHOW(link("file", "second"));
    SHOW(link("none", "third"));
    SHOW(link("file", "none/third"));
    SHOW(link("file", "third/"));
    SHOW(link("file/", "third"));
    SHOW(link(".", "third"));
    SHOW(link("file", "."));
    SHOW(link("", "third"));
    SHOW(link("file", ""));
    SHOW(link((char *)0x20000000, "third"));
    SHOW(unlink("file"));
    SHOW(links_of("second"));
    int again = open("second", O_RDONLY);
    SHOW(read(again, text, 10));
    SHOW(unlink("second"));
    struct stat status;
    fstat(fd, &status);
    printf("links left %d, size %d\n", (int)status.st_nlink, (int)status.st_size);
    SHOW(pread(fd, text, 10, 0));
    SHOW(unlink("second"));
    SHOW(unlink("."));
    SHOW(unlink("none/"));

    close(creat("real", 0644));
    SHOW(symlink("real", "soft"));
    SHOW(symlink("real", "soft"));
    SHOW(symlink("", "empty"));
    SHOW(symlink("x", ""));
    SHOW(symlink("x", "none/soft"));
    SHOW(symlink("x", "new/"));
    memset(text, 0, sizeof text);
    SHOW(readlink("soft", text, sizeof text));
    printf("%s\n", text);
    SHOW(readlink("soft", text, 2));
    SHOW(readlink("real", text, 2));
    SHOW(readlink("none", text, 2));
    SHOW(readlink("soft", text, 0));
    SHOW(link("soft", "soft2"));
    SHOW(links_of("soft"));
    SHOW(CALL(303, CWD, P("soft"), CWD, P("hard"), 0x400));
    SHOW(links_of("real"));
    SHOW(CALL(303, CWD, P("soft"), CWD, P("harder"), 7));
    SHOW(CALL(303, 99, P("soft"), CWD, P("harder"), 0));
    SHOW(symlink("nowhere", "dangling"));
    SHOW(open("dangling", O_RDONLY));
    SHOW(mkdir("dangling", 0755));
    SHOW(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0644));
    int made = open("dangling", O_WRONLY | O_CREAT, 0644);
    printf("made through a link: %d\n", made > 0);
    SHOW(links_of("nowhere"));
    SHOW(symlink("loop2", "loop1"));
    SHOW(symlink("loop1", "loop2"));
    SHOW(open("loop1", O_RDONLY));
    SHOW(open("loop1/x", O_RDONLY));
    SHOW(open("loop1", O_WRONLY | O_CREAT, 0644));
    SHOW(unlink("loop1"));
    SHOW(open("soft", O_RDONLY | O_NOFOLLOW));
    SHOW(mkdir("dir", 0755));
    SHOW(symlink("dir/", "slashed"));
    SHOW(rmdir("slashed"));
    SHOW(unlink("slashed/"));
    SHOW(rmdir("slashed/"));
    SHOW(links_of("dir"));
    return 0;
}
