// SPDX-License-Identifier: 0BSD
// memfd_create's seals: what they forbid, when they can be added, and what mappings become of them.
#include <fcntl.h>
#include <sys/stat.h>

#include "memory_probe.h"

enum { ALLOW = 2, NO_EXEC = 8, EXEC = 16, ADD = 1033, GET = 1034 };
enum { SEAL = 1, SHRINK = 2, GROW = 4, WRITES = 8, FUTURE = 16, EXECUTES = 32 };
enum { NR_FTRUNCATE64 = 194, NR_MEMFD_CREATE = 356, NR_PWRITE64 = 181 };

static int make(unsigned flags) {
    int file = CALL(NR_MEMFD_CREATE, P("sealed"), flags);
    if (file >= 0)
        write(file, "0123456789", 10);
    return file;
}

static int add(int file, unsigned seals) {
    return CALL(221, (unsigned)file, ADD, seals);
}

static int get(int file) {
    return CALL(221, (unsigned)file, GET, 0);
}

static int resize(int file, unsigned bytes) {
    return CALL(NR_FTRUNCATE64, (unsigned)file, bytes, 0);
}

static int put(int file, unsigned at, unsigned count) {
    return CALL(NR_PWRITE64, (unsigned)file, P("abcdefghij"), count, at, 0);
}

static void rules(void) {
    int plain = make(0), file = make(ALLOW), reads = open("/dev/null", O_RDONLY), other = open("file", O_RDWR | O_CREAT, 0600);
    printf("plain %d, allowed %d\n", get(plain), get(file));
    printf("a file %d, a device %d\n", get(other), get(reads));
    show("plain", add(plain, SHRINK));
    show("a file", add(other, SHRINK));
    show("none", add(file, 0));
    show("unknown", add(file, 64));
    show("two", add(file, SHRINK | GROW));
    show("again", add(file, SHRINK));
    printf("seals %d\n", get(file));
    show("the last", add(file, SEAL));
    show("after the last", add(file, WRITES));
    char path[64];
    sprintf(path, "/proc/self/fd/%d", make(ALLOW));
    int only_reads = open(path, O_RDONLY);
    show("through a descriptor to read", add(only_reads, SHRINK));
    printf("told there: %d\n", get(only_reads));
    show("unknown flags", CALL(NR_MEMFD_CREATE, P("x"), 64));
    show("both ways to execute", CALL(NR_MEMFD_CREATE, P("x"), NO_EXEC | EXEC));
}

static void lengths(void) {
    int file = make(ALLOW);
    add(file, SHRINK);
    printf("shorter %d, as long %d, longer %d\n", resize(file, 5), resize(file, 10), resize(file, 20));
    printf("written %d\n", put(file, 0, 5));
    file = make(ALLOW);
    add(file, GROW);
    printf("shorter %d, longer %d\n", resize(file, 8), resize(file, 9));
    printf("inside %d, over the end %d, at the end %d\n", put(file, 0, 8), put(file, 4, 8), put(file, 8, 1));
}

static void writing(void) {
    int file = make(ALLOW);
    char *shared = mmap(NULL, PAGE, READ | WRITE, SHARED, file, 0);
    show("while it is mapped to be written", add(file, WRITES));
    show("not from now on", add(file, FUTURE));
    printf("written %d, by the mapping %d\n", put(file, 0, 1), dies_of(store, shared));
    show("another mapping", (int)P(mmap(NULL, PAGE, READ | WRITE, SHARED, file, 0)) == -1);
    munmap(shared, PAGE);
    show("unmapped", add(file, WRITES));
    printf("written %d, seals %d\n", put(file, 0, 1), get(file));
    file = make(ALLOW);
    char *reads = mmap(NULL, PAGE, READ, SHARED, file, 0);
    show("mapped to be read, by who may write", add(file, WRITES));
    munmap(reads, PAGE);
    char *own = mmap(NULL, PAGE, READ | WRITE, PRIVATE, file, 0);
    show("mapped privately", add(file, WRITES));
    printf("a private copy: %d\n", dies_of(store, own));
    int result = CALL(NR_MMAP2, 0, PAGE, READ | WRITE, SHARED, (unsigned)file, 0);
    show("shared, to be written", result);
    printf("length %d\n", resize(file, 5));
}

static void executing(void) {
    int file = make(NO_EXEC);
    struct stat status;
    fstat(file, &status);
    printf("rights %o, seals %d\n", (unsigned)status.st_mode & 0777, get(file));
    show("chmod to execute", CALL(94, (unsigned)file, 0755));
    show("chmod otherwise", CALL(94, (unsigned)file, 0600));
    file = make(ALLOW);
    fstat(file, &status);
    printf("rights %o\n", (unsigned)status.st_mode & 0777);
    show("seal what can be executed", add(file, EXECUTES));
    printf("seals %d\n", get(file));
}

int main(void) {
    rules();
    lengths();
    writing();
    executing();
    return 0;
}
