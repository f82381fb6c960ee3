// SPDX-License-Identifier: GPL-2.0-only
// mmap and munmap: what they refuse, what is seen, and what comes back to the file.
#include <pintos.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define AT ((char *)0x10000000)

static char data_page[4096] = "data";

static int show(const char *what, mapid_t mapping) {
    printf("%s: %s\n", what, mapping == MAP_FAILED ? "refused" : "mapped");
    return mapping;
}

static void show_file(const char *name) {
    char text[32];
    int fd = open(name), count = read(fd, text, 12);
    printf("%s: '%.*s'\n", name, count, text);
    close(fd);
}

static void refusals(void) {
    int fd = open("text"), pages = open("pages"), local;
    create("empty", 0);
    show("empty", mmap(open("empty"), AT));
    show("not open", mmap(99, AT));
    show("keyboard", mmap(0, AT));
    show("console", mmap(1, AT));
    show("address 0", mmap(fd, 0));
    show("misaligned", mmap(fd, AT + 1));
    show("over code", mmap(fd, (void *)((uintptr_t)&refusals & ~4095u)));
    show("over data", mmap(fd, (void *)((uintptr_t)data_page & ~4095u)));
    show("over the stack", mmap(fd, (void *)((uintptr_t)&local & ~4095u)));
    show("kernel", mmap(fd, (void *)0xc0000000));
    mapid_t mapping = show("free", mmap(pages, AT));
    show("over its first page", mmap(fd, AT));
    show("over its last page", mmap(fd, AT + 2 * 4096));
    show("into it from below", mmap(pages, AT - 4096));
    show("behind it", mmap(fd, AT + 3 * 4096));
    munmap(mapping);
    show("free again", mmap(fd, AT));
}

static void sharing(void) {
    int fd = open("text");
    mapid_t mapping = mmap(fd, AT);
    close(fd);
    printf("closed: '%.4s', behind the end %d\n", AT, AT[4095]);
    memcpy(AT, "WORD", 4);
    AT[4095] = 1;
    munmap(mapping);
    show_file("text");
    fd = open("text");
    mapping = mmap(fd, AT);
    printf("behind the end %d, filesize %d\n", AT[4095], filesize(fd));
    printf("remove %d\n", remove("text"));
    printf("removed: '%.4s'\n", AT);
    munmap(mapping);
    printf("open %d\n", open("text"));
}

static void at_exit(void) {
    printf("wait %d\n", wait(exec("mappings write-and-exit")));
    show_file("text");
    mmap(open("text"), AT);
    printf("not inherited: wait %d\n", wait(exec("mappings look")));
    printf("wait %d\n", wait(exec("mappings write-and-crash")));
    show_file("text");
}

static void only_dirty(void) {
    mapid_t mapping = mmap(open("pages"), AT);
    volatile char sum = AT[0] + AT[4096] + AT[8192];
    AT[4096] = (char)(sum + 1);
    munmap(mapping);
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "refusals") == 0)
        refusals();
    if (strcmp(name, "sharing") == 0)
        sharing();
    if (strcmp(name, "exit") == 0)
        at_exit();
    if (strcmp(name, "only-dirty") == 0)
        only_dirty();
    if (strcmp(name, "unmapped") == 0) {
        munmap(mmap(open("text"), AT));
        printf("%c\n", AT[0]);
    }
    if (strncmp(name, "write-and-", 10) == 0) {
        mmap(open("text"), AT);
        memcpy(AT, name + 10, 4);
        if (name[10] == 'c')
            *(volatile int *)0 = 0;
    }
    if (strcmp(name, "look") == 0)
        return AT[0];
    return 0;
}
