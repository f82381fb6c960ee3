// SPDX-License-Identifier: 0BSD
// madvise by its rules: what a child gets, memory that leaves, holes in shared memory, and which mistakes are told.
#include <fcntl.h>

#include "memory_probe.h"

enum { NORMAL, RANDOM, SEQUENTIAL, WILL_NEED, DONT_NEED, FREE = 8, REMOVE, DONT_FORK, DO_FORK };
enum { DONT_DUMP = 16, DO_DUMP, WIPE_ON_FORK, KEEP_ON_FORK, COLD, PAGE_OUT, POPULATE_READ, POPULATE_WRITE };
enum { NR_MLOCK = 150, NR_MUNLOCK = 151 };

static int advise(const void *at, unsigned length, unsigned advice) {
    return CALL(NR_MADVISE, P(at), length, advice);
}

static char *letters(unsigned pages, int flags) {
    char *memory = map(NULL, pages, READ | WRITE, flags | ANONYMOUS);
    for (unsigned i = 0; i < pages; i++)
        memory[i * PAGE] = (char)('a' + i);
    return memory;
}

static int file_of(unsigned pages) {
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char page[PAGE];
    memset(page, 'f', PAGE);
    for (unsigned i = 0; i < pages; i++)
        write(file, page, PAGE);
    return file;
}

static void in_children(void) {
    char *memory = letters(4, PRIVATE), *shared = letters(1, SHARED);
    show("not for children", advise(memory, PAGE, DONT_FORK));
    show("zeros for children", advise(memory + 2 * PAGE, PAGE, WIPE_ON_FORK));
    show("zeros of shared memory", advise(shared, PAGE, WIPE_ON_FORK));
    show("shared, not for children", advise(shared, PAGE, DONT_FORK));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        printf("child: %d%c%d%c, shared %d\n", is_mapped(memory), memory[PAGE], memory[2 * PAGE], memory[3 * PAGE],
               is_mapped(shared));
        memory[2 * PAGE] = 'C';
        fflush(stdout);
        pid_t grandchild = fork();
        if (grandchild == 0) {
            printf("grandchild: %d%c%d%c\n", is_mapped(memory), memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
            fflush(stdout);
            _exit(0);
        }
        waitpid(grandchild, NULL, 0);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    show("for children again", advise(memory, 4 * PAGE, DO_FORK));
    show("kept again", advise(memory, 4 * PAGE, KEEP_ON_FORK));
    fflush(stdout);
    child = fork();
    if (child == 0) {
        printf("child: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void leaving(void) {
    char *memory = letters(4, PRIVATE);
    show("cold", advise(memory, 4 * PAGE, COLD));
    show("out", advise(memory, 4 * PAGE, PAGE_OUT));
    printf("content stays: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    int file = file_of(4);
    char *shared = mmap(NULL, 4 * PAGE, READ | WRITE, SHARED, file, 0);
    shared[0] = 's';
    show("a file's cold", advise(shared, 4 * PAGE, COLD));
    show("a file's out", advise(shared, 4 * PAGE, PAGE_OUT));
    printf("content stays: %c%c\n", shared[0], shared[PAGE]);
    char *own = mmap(NULL, 4 * PAGE, READ | WRITE, PRIVATE, file, 0);
    own[0] = 'o';
    show("a copy out", advise(own, 4 * PAGE, PAGE_OUT));
    printf("content stays: %c%c\n", own[0], own[PAGE]);
    show("needed", advise(own, 4 * PAGE, WILL_NEED));
}

static void holes(void) {
    char *memory = letters(3, SHARED), *own = letters(1, PRIVATE);
    show("a hole", advise(memory + PAGE, PAGE, REMOVE));
    printf("content: %c%d%c\n", memory[0], memory[PAGE], memory[2 * PAGE]);
    show("a hole in private memory", advise(own, PAGE, REMOVE));
    int file = file_of(3);
    char *shared = mmap(NULL, 3 * PAGE, READ | WRITE, SHARED, file, 0);
    char *copy = mmap(NULL, 3 * PAGE, READ | WRITE, PRIVATE, file, 0);
    copy[2 * PAGE] = 'c';
    show("a hole in a file", advise(shared + PAGE, 2 * PAGE, REMOVE));
    char c;
    pread(file, &c, 1, PAGE);
    printf("content: %c%d%d, read %d, copy %c%d\n", shared[0], shared[PAGE], shared[2 * PAGE], c, copy[0], copy[PAGE]);
    show("a hole by a copy", advise(copy, PAGE, REMOVE));
    char *reads = mmap(NULL, 3 * PAGE, READ, SHARED, open("file", O_RDONLY), 0);
    show("a hole by who only reads", advise(reads, PAGE, REMOVE));
}

static void of_others(void) {
    char *memory = letters(1, PRIVATE), *shared = letters(1, SHARED);
    char *mapped = mmap(NULL, PAGE, READ | WRITE, PRIVATE, file_of(1), 0);
    static const unsigned kinds[] = {NORMAL,  RANDOM,       SEQUENTIAL,   WILL_NEED, DONT_NEED, FREE,
                                     DO_FORK, WIPE_ON_FORK, KEEP_ON_FORK, COLD,      PAGE_OUT,  DONT_DUMP, DO_DUMP};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        printf("advice %u: private %d, shared %d, a file's %d\n", kinds[i], advise(memory, PAGE, kinds[i]),
               advise(shared, PAGE, kinds[i]), advise(mapped, PAGE, kinds[i]));
    advise(memory, PAGE, KEEP_ON_FORK);
}

static void locked(void) {
    static const unsigned kinds[] = {NORMAL, WILL_NEED, DONT_NEED, FREE, REMOVE, DONT_FORK, WIPE_ON_FORK, COLD, PAGE_OUT};
    char *memory = letters(4, PRIVATE);
    CALL(NR_MLOCK, P(memory) + 2 * PAGE, PAGE);
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        printf("locked, advice %u: %d\n", kinds[i], advise(memory + 2 * PAGE, PAGE, kinds[i]));
    show("in part", advise(memory, 4 * PAGE, DONT_NEED));
    printf("what comes first is done: %d%d%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    CALL(NR_MUNLOCK, P(memory), 4 * PAGE);
}

static void mistakes(void) {
    char *memory = letters(4, PRIVATE), *nothing = room(4);
    show("within a page", advise(memory + 1, PAGE, NORMAL));
    show("unknown", advise(memory, PAGE, 5));
    show("unknown, large", advise(memory, PAGE, 1000));
    show("unknown, no length", advise(memory, 0, 1000));
    show("no length", advise(memory, 0, DONT_NEED));
    show("no length, within a page", advise(memory + 1, 0, DONT_NEED));
    show("nothing there", advise(nothing, PAGE, DONT_NEED));
    show("nothing there, no length", advise(nothing, 0, DONT_NEED));
    show("beyond the end", advise((char *)0xfffff000, PAGE, DONT_NEED));
    munmap(memory + PAGE, PAGE);
    show("over a hole", advise(memory, 4 * PAGE, DONT_NEED));
    printf("all but the hole is done: %d%d%d\n", memory[0], memory[2 * PAGE], memory[3 * PAGE]);
    show("over a hole, not for children", advise(memory, 4 * PAGE, DONT_FORK));
}

int main(void) {
    in_children();
    leaving();
    holes();
    of_others();
    locked();
    mistakes();
    return 0;
}
