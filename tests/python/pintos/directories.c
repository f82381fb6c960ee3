// SPDX-License-Identifier: GPL-2.0-only
// Directories as far as programs see them.
#include <pintos.h>
#include <stdio.h>

#define SHOW(call) printf("%s: %d\n", #call, (int)(call))

static void list(const char *name) {
    char entry[READDIR_MAX_LEN + 1];
    int fd = open(name);
    printf("%s:", name);
    while (readdir(fd, entry))
        printf(" %s", entry);
    printf("\n");
    close(fd);
}

int main(void) {
    char entry[READDIR_MAX_LEN + 1];
    SHOW(mkdir("sub"));
    SHOW(mkdir("sub"));
    SHOW(mkdir("none/sub"));
    SHOW(create("sub/file", 3));
    SHOW(mkdir("/sub/deeper"));
    list("/");
    list("sub");
    SHOW(remove("sub"));
    SHOW(chdir("sub"));
    SHOW(chdir("file"));
    SHOW(chdir("none"));
    list(".");
    SHOW(open("file"));
    SHOW(open("deeper"));
    SHOW(isdir(2));
    SHOW(isdir(3));
    SHOW(readdir(2, entry));
    SHOW(inumber(2) == inumber(3));
    SHOW(read(3, entry, 1));
    SHOW(write(3, "x", 1));
    SHOW(remove("file"));
    SHOW(remove("deeper"));
    SHOW(chdir(".."));
    SHOW(remove("sub"));
    list("/");
    return 0;
}
