// SPDX-License-Identifier: GPL-2.0-only
// Every call about files, and what each says where it fails.
#include <pintos.h>
#include <stdio.h>
#include <string.h>

static char buffer[64];

#define SHOW(call) printf("%s: %d\n", #call, (int)(call))

static void show_read(int fd, unsigned int size) {
    memset(buffer, '.', sizeof buffer);
    int count = read(fd, buffer, size);
    printf("read(%d, %u): %d '%.*s', then at %u\n", fd, size, count, count > 0 ? count : 0, buffer, tell(fd));
}

static void positions(void) {
    SHOW(write(2, "hello, ", 7));
    SHOW(write(2, "world", 5));
    SHOW(write(2, "more", 4));
    show_read(2, 5);
    show_read(3, 5);
    show_read(3, 50);
    seek(3, 7);
    show_read(3, 50);
    seek(3, 40);
    show_read(3, 5);
    SHOW(write(3, "x", 1));
}

int main(void) {
    SHOW(create("a", 12));
    SHOW(create("a", 3));
    SHOW(create("", 3));
    SHOW(create("fifteen-letters", 3));
    SHOW(open("a"));
    SHOW(open("a"));
    SHOW(open("b"));
    SHOW(filesize(2));
    positions();
    close(2);
    close(2);
    SHOW(read(2, buffer, 1));
    SHOW(write(2, "x", 1));
    SHOW(filesize(2));
    SHOW(remove("a"));
    SHOW(remove("a"));
    SHOW(open("a"));
    seek(3, 0);
    show_read(3, 50);
    SHOW(create("c", 0));
    SHOW(open("c"));
    SHOW(read(2, buffer, 1));
    SHOW(write(2, "x", 1));
    return 0;
}
