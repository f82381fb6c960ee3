// SPDX-License-Identifier: 0BSD
// Extended attributes where there are none, as in /proc, and what is refused of any file.
#include "child_process.h"
#include "linux_raw_call.h"
#include <fcntl.h>
#include <sys/stat.h>

enum { SET = 226, GET = 229, LIST = 232, REMOVE = 235 }; // by path; the next is of links themselves, then by descriptor
#define BAD 0xc0000000u                                  // the kernel's

static char room[100];

static void all(const char *what, unsigned kind, unsigned target, unsigned name) {
    printf("%s: %d", what, CALL(SET + kind, target, name, P("value"), 5, 0));
    printf(" %d %d", CALL(GET + kind, target, name, P(room), sizeof room), CALL(GET + kind, target, name, 0, 0));
    printf(" %d\n", CALL(REMOVE + kind, target, name));
}

int main(void) {
    static const char *const names[] = {"user.a", "trusted.a", "security.a", "system.a", "other.a", "user.", "a", "."};
    static char longest[256], too_long[300];
    int proc = open("/proc/self/stat", O_RDONLY), place = open("/proc/self/stat", 010000000); // O_PATH
    unsigned path = P("/proc/self/stat"), name = P("user.a");
    memset(longest, 'x', sizeof longest - 1);
    memset(too_long, 'x', sizeof too_long - 1);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        all(names[i], 0, path, P(names[i]));
    all("by descriptor", 2, (unsigned)proc, name);
    all("of a link", 1, P("/proc/self"), P("trusted.a"));
    all("the longest name", 0, path, P(longest));
    all("one too long", 0, path, P(too_long));
    all("an empty one", 0, path, P(""));
    all("none", 0, path, BAD);
    printf("lists: %d %d %d %d\n", CALL(LIST, path, P(room), sizeof room), CALL(LIST, path, 0, 0),
           CALL(LIST + 1, P("/proc/self"), P(room), sizeof room), CALL(LIST + 2, (unsigned)proc, BAD, 5));
    all("no file", 0, P("missing"), name);
    all("no path", 0, BAD, name);
    all("neither", 0, P("missing"), BAD);
    all("nothing open", 2, 77, name);
    all("a place", 2, (unsigned)place, name);
    printf("lists of none: %d %d %d %d\n", CALL(LIST, P("missing"), P(room), 5), CALL(LIST, BAD, P(room), 5),
           CALL(LIST + 2, 77, P(room), 5), CALL(LIST + 2, (unsigned)place, P(room), 5));
    symlink("missing", "dangling");
    printf("a link to nothing: %d %d, lists %d %d\n", CALL(GET, P("dangling"), name, 0, 0),
           CALL(REMOVE, P("dangling"), name), CALL(LIST, P("dangling"), 0, 0), CALL(LIST + 1, P("dangling"), 0, 0));
    printf("flags: %d %d %d, of no file %d\n", CALL(SET, path, name, P("v"), 1, 1), CALL(SET, path, name, P("v"), 1, 3),
           CALL(SET, path, name, P("v"), 1, 4), CALL(SET, P("missing"), name, P("v"), 1, 4));
    printf("values: too long %d, from nowhere %d, none %d, order %d %d\n", CALL(SET, path, name, P("v"), 65537, 0),
           CALL(SET, path, name, BAD, 1, 0), CALL(SET, path, name, BAD, 0, 0), CALL(SET, P("missing"), name, BAD, 1, 0),
           CALL(SET, path, P(too_long), P("v"), 65537, 0));
    unlink("dangling");
    return 0;
}
