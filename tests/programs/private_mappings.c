// SPDX-License-Identifier: 0BSD
// A private mapping of a file: pages that were not written show what the file is now, pages that were keep what they
// are.
#include "child_process.h"
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE 4096

static int file;
static char *map;

static void show(const char *what) {
    char text[4] = {0};
    pread(file, text, 1, 0);
    pread(file, text + 1, 1, PAGE);
    pread(file, text + 2, 1, 2 * PAGE);
    printf("%s: %c%c%c, the file %s\n", what, map[0], map[PAGE], map[2 * PAGE], text);
}

static void write_file(const char *text) {
    for (int page = 0; page < 3; page++)
        pwrite(file, text + page, 1, page * PAGE);
}

int main(void) {
    file = open("private", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write_file("abc");
    map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    write_file("ABC");
    show("the file changes before a touch");
    write_file("def");
    show("after a read");
    map[PAGE] = '1';
    write_file("DEF");
    show("the middle was written");
    pid_t child = start_child();
    if (child == 0) {
        map[0] = '2';
        write_file("ghi");
        show("a child writes");
        end_child(0);
    }
    end_of(child);
    show("the parent");
    madvise(map, 3 * PAGE, MADV_DONTNEED);
    show("thrown away");
    map[2 * PAGE] = '3';
    mprotect(map, 3 * PAGE, PROT_READ);
    show("read-only");
    printf("synchronized: %d\n", msync(map, 3 * PAGE, MS_SYNC));
    show("afterwards");
    char *other = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE, file, 0);
    printf("another mapping: %c%c%c\n", other[0], other[PAGE], other[2 * PAGE]);
    int read_only = open("private", O_RDONLY);
    char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, read_only, 0);
    own[0] = '9';
    printf("of a file that is read only: %c, it stays %c\n", own[0], other[0]);
    int write_only = open("private", O_WRONLY);
    printf("of one that is written only: %d\n",
           result_of(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, write_only, 0) == MAP_FAILED ? -1 : 0));
    munmap(map, PAGE);
    printf("unmapped in part: %c%c\n", map[PAGE], map[2 * PAGE]);
    unlink("private");
    return 0;
}
