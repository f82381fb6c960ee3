// SPDX-License-Identifier: 0BSD
// close_range: which descriptors it closes, which it marks, and whose they are.
#include "child_process.h"
#include "linux_raw_call.h"
#include <fcntl.h>
#include <sched.h>

enum { CLOSE_RANGE = 436, UNSHARE = 2, CLOEXEC = 4 };
#define ALL 0xffffffffu

static int closes(unsigned first, unsigned last, unsigned flags) {
    return CALL(CLOSE_RANGE, first, last, flags);
}

/// Of descriptors 3 to 9: 1 where one is open, 2 where exec closes it, 0 where there is none.
static void show(const char *what) {
    printf("%s:", what);
    for (int descriptor = 3; descriptor < 10; descriptor++) {
        int flags = fcntl(descriptor, F_GETFD);
        printf(" %d", flags < 0 ? 0 : flags + 1);
    }
    printf("\n");
}

static void open_all(void) {
    closes(3, ALL, 0);
    for (int descriptor = 3; descriptor < 10; descriptor++)
        dup2(1, descriptor);
    close(6);
}

static int changes(void *flags) {
    printf("by another: %d\n", closes(3, 4, (unsigned)flags));
    show("to it");
    end_child(0);
    return 0;
}

/// What is left when one that shares the descriptors closes some.
static void share(unsigned flags) {
    static char stack[65536] __attribute__((aligned(16)));
    open_all();
    fflush(stdout);
    int child = clone(changes, stack + sizeof stack, CLONE_FILES | SIGCHLD, (void *)flags);
    printf("ended %x\n", end_of(child));
    show("to me");
}

int main(void) {
    open_all();
    show("at first");
    printf("two: %d\n", closes(4, 5, 0));
    show("less two");
    printf("none there: %d %d %d\n", closes(4, 6, 0), closes(100, 200, 0), closes(5000, ALL, 0));
    printf("marked: %d\n", closes(3, 7, CLOEXEC));
    show("with marks");
    printf("nothing to mark: %d %d\n", closes(4, 6, CLOEXEC), closes(500, ALL, CLOEXEC));
    printf("mistaken: %d %d %d %d\n", closes(5, 4, 0), closes(ALL, 0, 0), closes(3, 9, 1), closes(3, 9, 8 | CLOEXEC));
    show("as before");
    printf("mine anyway: %d\n", closes(8, 8, UNSHARE));
    printf("up to the last: %d\n", closes(9, ALL, UNSHARE | CLOEXEC));
    show("at last");
    share(0);
    share(CLOEXEC);
    share(UNSHARE);
    share(UNSHARE | CLOEXEC);
    int place = open("/", 010000000); // O_PATH
    printf("a place: %d, then %d\n", closes((unsigned)place, (unsigned)place, 0), result_of(close(place)));
    return 0;
}
