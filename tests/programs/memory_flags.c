// SPDX-License-Identifier: 0BSD
// The flags and protections of mmap with a descriptor and without, and which of several mistakes is told.
#include <fcntl.h>

#include "memory_probe.h"

enum { VALIDATE = 3, GROWS_DOWN = 0x100, DENY_WRITE = 0x800, EXECUTABLE = 0x1000, LOCKED = 0x2000, NO_RESERVE = 0x4000 };
enum { POPULATE = 0x8000, NON_BLOCK = 0x10000, STACK = 0x20000, SYNC = 0x80000, UNKNOWN = 0x800000 };

static void show_map(const char *what, int protection, int flags, int fd, unsigned offset) {
    show(what, CALL(NR_MMAP2, 0, PAGE, (unsigned)protection, (unsigned)flags, (unsigned)fd, offset));
}

static void anonymous(void) {
    static const int flags[] = {DENY_WRITE, EXECUTABLE, LOCKED, NO_RESERVE, POPULATE, NON_BLOCK, STACK, SYNC, UNKNOWN};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        printf("%x ", (unsigned)flags[i]);
        show_map("private", READ | WRITE, PRIVATE | ANONYMOUS | flags[i], -1, 0);
        printf("%x ", (unsigned)flags[i]);
        show_map("shared", READ | WRITE, SHARED | ANONYMOUS | flags[i], -1, 0);
    }
    show_map("no type", READ, ANONYMOUS, -1, 0);
    show_map("validated", READ, VALIDATE | ANONYMOUS, -1, 0);
    show_map("type 4", READ, 4 | ANONYMOUS, -1, 0);
    show_map("type 7", READ, 7 | ANONYMOUS, -1, 0);
    show_map("shared, growing", READ, SHARED | ANONYMOUS | GROWS_DOWN, -1, 0);
    show_map("private, growing", READ, PRIVATE | ANONYMOUS | GROWS_DOWN, -1, 0);
    show_map("an offset", READ, PRIVATE | ANONYMOUS, -1, 77);
    show_map("shared, an offset", READ, SHARED | ANONYMOUS, -1, 77);
    show_map("a descriptor", READ, PRIVATE | ANONYMOUS, 99, 0);
    show_map("unknown protection", 0xf0, PRIVATE | ANONYMOUS, -1, 0);
    show_map("no protection", 0, PRIVATE | ANONYMOUS, -1, 0);
}

/// What each of the eight protections comes to.
static void of_file(const char *how, int fd) {
    static const int types[] = {SHARED, PRIVATE, VALIDATE, 0, 4};
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        printf("%s, type %d:", how, types[i]);
        for (unsigned protection = 0; protection < 8; protection++)
            printf(" %d", outcome(CALL(NR_MMAP2, 0, PAGE, protection, (unsigned)types[i], (unsigned)fd, 0)));
        printf("\n");
    }
}

static void files(void) {
    int both = open("file", O_RDWR | O_CREAT, 0600);
    ftruncate(both, 3 * PAGE);
    int reads = open("file", O_RDONLY), writes = open("file", O_WRONLY), directory = open(".", O_RDONLY);
    int ends[2];
    pipe(ends);
    of_file("read and write", both);
    of_file("read", reads);
    of_file("write", writes);
    of_file("directory", directory);
    of_file("pipe's output", ends[0]);
    of_file("pipe's input", ends[1]);
    of_file("zeros", open("/dev/zero", O_RDWR));
    of_file("null", open("/dev/null", O_RDWR));
    static const int flags[] = {GROWS_DOWN, DENY_WRITE, EXECUTABLE, LOCKED,    NO_RESERVE, POPULATE,
                                NON_BLOCK,  STACK,      NO_REPLACE, UNKNOWN};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        for (int type = SHARED; type <= VALIDATE; type++) {
            char *place = room(1);
            printf("%x, type %d", (unsigned)flags[i], type);
            show("", CALL(NR_MMAP2, P(place), PAGE, READ, (unsigned)(type | flags[i]), (unsigned)both, 0));
        }
    }
    show_map("synchronous, validated", READ, VALIDATE | SYNC, both, 0);
    show_map("a bad descriptor", READ, PRIVATE, 99, 0);
    show_map("a bad descriptor and type", READ, 0, 99, 0);
    show("a bad descriptor and length", CALL(NR_MMAP2, 0, 0, READ, PRIVATE, 99, 0));
    show("a bad length and type", CALL(NR_MMAP2, 0, 0, READ, 0, (unsigned)both, 0));
    show("too long, a bad type", CALL(NR_MMAP2, 0, 0xffffffff, READ, 0, (unsigned)both, 0));
    show("a bad place and type", CALL(NR_MMAP2, 1, PAGE, READ, FIXED, (unsigned)both, 0));
    show_map("past the end", READ, SHARED, both, 50);
    show_map("far past the end", READ, SHARED, both, 0x7ffff);
    struct {
        unsigned address, length, protection, flags, fd, offset;
    } old = {0, PAGE, READ, PRIVATE, (unsigned)both, 5};
    show("the old call, an odd offset", CALL(90, P(&old)));
    old.offset = PAGE;
    show("the old call", CALL(90, P(&old)));
    show("the old call, nowhere", CALL(90, 0x20));
}

static void later_rights(void) {
    int reads = open("file", O_RDONLY), both = open("file", O_RDWR);
    char *shared = (char *)CALL(NR_MMAP2, 0, PAGE, READ, SHARED, (unsigned)reads, 0);
    char *own = (char *)CALL(NR_MMAP2, 0, PAGE, READ, PRIVATE, (unsigned)reads, 0);
    char *written = (char *)CALL(NR_MMAP2, 0, PAGE, READ, SHARED, (unsigned)both, 0);
    show("shared, opened to read", CALL(NR_MPROTECT, P(shared), PAGE, READ | WRITE));
    show("private, opened to read", CALL(NR_MPROTECT, P(own), PAGE, READ | WRITE));
    show("shared, opened for both", CALL(NR_MPROTECT, P(written), PAGE, READ | WRITE));
    show_access("shared", shared);
    show_access("private", own);
}

int main(void) {
    anonymous();
    files();
    later_rights();
    return 0;
}
