// SPDX-License-Identifier: 0BSD
// mlock, mlock2, mlockall and their ends: which pages are brought in and stay, also of mappings to come.
#include <fcntl.h>

#include "memory_probe.h"

enum { NR_BRK = 45, NR_MLOCK = 150, NR_MUNLOCK, NR_MLOCKALL, NR_MUNLOCKALL, NR_MLOCK2 = 376 };
enum { CURRENT = 1, FUTURE = 2, ON_FAULT = 4, LOCKED = 0x2000, DONT_NEED = 4 };

static void show_resident(const char *what, char *at, unsigned pages) {
    printf("%s: %d of %u\n", what, resident(at, pages), pages);
}

/// Whether any page there is locked: MADV_DONTNEED says so, and spoils what is not.
static int is_locked(char *at, unsigned pages) {
    return CALL(NR_MADVISE, P(at), pages * PAGE, DONT_NEED) == -22;
}

static void ranges(void) {
    char *memory = fresh(6);
    show("one byte", CALL(NR_MLOCK, P(memory) + PAGE + 5, 1));
    show_resident("its page", memory, 6);
    show("two bytes of two pages", CALL(NR_MLOCK, P(memory) + 4 * PAGE - 1, 2));
    show_resident("both", memory, 6);
    printf("locked: %d%d%d%d%d%d\n", is_locked(memory, 1), is_locked(memory + PAGE, 1), is_locked(memory + 2 * PAGE, 1),
           is_locked(memory + 3 * PAGE, 1), is_locked(memory + 4 * PAGE, 1), is_locked(memory + 5 * PAGE, 1));
    show("again", CALL(NR_MLOCK, P(memory), 6 * PAGE));
    show("not any more", CALL(NR_MUNLOCK, P(memory) + PAGE, PAGE));
    printf("locks do not count: %d%d%d\n", is_locked(memory, 1), is_locked(memory + PAGE, 1),
           is_locked(memory + 2 * PAGE, 1));
    show("nothing", CALL(NR_MLOCK, P(memory), 0));
    show("unlock nothing", CALL(NR_MUNLOCK, P(memory), 0));
    munmap(memory + 2 * PAGE, PAGE);
    show("over a hole", CALL(NR_MLOCK, P(memory), 6 * PAGE));
    show("unlock over a hole", CALL(NR_MUNLOCK, P(memory), 6 * PAGE));
    printf("up to the hole: %d%d, behind it: %d\n", is_locked(memory, 1), is_locked(memory + PAGE, 1),
           is_locked(memory + 3 * PAGE, 1));
    show("a hole", CALL(NR_MLOCK, P(memory) + 2 * PAGE, PAGE));
    show("beyond the end", CALL(NR_MLOCK, 0xfffff000, PAGE));
    char *none = map(NULL, 1, 0, PRIVATE | ANONYMOUS);
    show("without access", CALL(NR_MLOCK, P(none), PAGE));
    show("flags", CALL(NR_MLOCK2, P(memory), PAGE, 2));
}

static void on_touch(void) {
    char *memory = fresh(4);
    show("on touch", CALL(NR_MLOCK2, P(memory), 4 * PAGE, 1));
    show_resident("untouched", memory, 4);
    memory[PAGE] = 't';
    printf("locked: %d\n", is_locked(memory, 4));
    show("at once", CALL(NR_MLOCK2, P(memory), 2 * PAGE, 0));
    show_resident("two of it", memory, 4);
    char *moved = (char *)CALL(NR_MREMAP, P(memory), 2 * PAGE, 6 * PAGE, 1);
    show_resident("longer", moved, 6);
    printf("still locked: %d\n", is_locked(moved, 6));
}

static void everything(void) {
    char *memory = fresh(4), *reads = map(NULL, 4, READ, PRIVATE | ANONYMOUS);
    char *none = map(NULL, 2, 0, PRIVATE | ANONYMOUS);
    show("no flags", CALL(NR_MLOCKALL, 0));
    show("unknown flags", CALL(NR_MLOCKALL, 8));
    show("on touch alone", CALL(NR_MLOCKALL, ON_FAULT));
    show("all there is", CALL(NR_MLOCKALL, CURRENT));
    show_resident("memory", memory, 4);
    show_resident("to read", reads, 4);
    show_resident("without access", none, 2);
    char *more = fresh(2);
    printf("not what comes: %d\n", is_locked(more, 2));
    show("what comes", CALL(NR_MLOCKALL, FUTURE));
    char *next = fresh(4);
    show_resident("is brought in", next, 4);
    printf("and locked: %d\n", is_locked(next, 4));
    char *end = (char *)CALL(NR_BRK, 0);
    end = (char *)(P(end) + PAGE - 1 & -PAGE);
    CALL(NR_BRK, P(end) + 3 * PAGE);
    show_resident("the heap", end, 3);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        printf("nothing of that in a child: %d %d\n", is_locked(next, 4), is_locked(fresh(2), 2));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    show("what comes, on touch", CALL(NR_MLOCKALL, FUTURE | ON_FAULT));
    char *lazy = fresh(4);
    show_resident("untouched", lazy, 4);
    printf("and locked: %d\n", is_locked(lazy, 4));
    show_resident("explicitly locked", map(NULL, 4, READ | WRITE, PRIVATE | ANONYMOUS | LOCKED), 4);
    show("current, on touch", CALL(NR_MLOCKALL, CURRENT | ON_FAULT));
    printf("ends the future: %d\n", is_locked(fresh(1), 1));
    show("no more", CALL(NR_MUNLOCKALL));
    printf("all are free: %d%d%d\n", is_locked(memory, 4), is_locked(next, 4), is_locked(lazy, 4));
    show("current and future", CALL(NR_MLOCKALL, CURRENT | FUTURE));
    show("neither", CALL(NR_MUNLOCKALL));
    printf("nor what comes: %d\n", is_locked(fresh(1), 1));
}

static void files(void) {
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    static char text[2 * PAGE];
    memset(text, 'f', sizeof text);
    write(file, text, sizeof text);
    char *shared = mmap(NULL, 4 * PAGE, READ | WRITE, SHARED, file, 0);
    show("past a file's end", CALL(NR_MLOCK, P(shared), 4 * PAGE));
    printf("is locked: %d\n", is_locked(shared, 1));
    char *own = mmap(NULL, 2 * PAGE, READ | WRITE, PRIVATE | LOCKED, file, 0);
    pwrite(file, "n", 1, 0);
    printf("a locked private page is a copy: %c\n", own[0]);
    show("cut", ftruncate(file, PAGE));
    printf("gone: %d\n", dies_of(load, shared + PAGE));
    show("unlock", CALL(NR_MUNLOCK, P(shared), 4 * PAGE));
}

int main(void) {
    ranges();
    on_touch();
    everything();
    files();
    return 0;
}
