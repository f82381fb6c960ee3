// SPDX-License-Identifier: 0BSD
// Users and groups of root: what can be set, by ids of 16 and of 32 bits, and the list of groups.
#include "child_process.h"
#include "linux_raw_call.h"
#include "proc_probe.h"

#define BAD 0xc0000000u // the kernel's
#define NONE 0xffffffffu

/// The same calls with ids of 16 bits and of 32.
struct calls {
    int bits;
    unsigned set[2], set_two[2], set_three[2], get_three[2], set_file[2], get_groups, set_groups; // of users, of groups
};
static const struct calls narrow = {16, {23, 46}, {70, 71}, {164, 170}, {165, 171}, {138, 139}, 80, 81};
static const struct calls wide = {32, {213, 214}, {203, 204}, {208, 210}, {209, 211}, {215, 216}, 205, 206};

static void ids(const struct calls *calls, int kind) {
    unsigned none = calls->bits == 16 ? 0xffff : NONE;
    printf("%d bits, %s\n", calls->bits, kind == 0 ? "users" : "groups");
    printf("one: %d, none %d\n", CALL(calls->set[kind], 0), CALL(calls->set[kind], none));
    unsigned two = calls->set_two[kind], three = calls->set_three[kind];
    printf("two: %d %d %d %d\n", CALL(two, 0, 0), CALL(two, none, 0), CALL(two, 0, none), CALL(two, none, none));
    printf("three: %d %d %d %d %d\n", CALL(three, 0, 0, 0), CALL(three, none, 0, 0), CALL(three, 0, none, 0),
           CALL(three, 0, 0, none), CALL(three, none, none, none));
    printf("of files: %d %d %d\n", CALL(calls->set_file[kind], 0), CALL(calls->set_file[kind], none),
           CALL(calls->set_file[kind], 0));
    unsigned told[4] = {7, 7, 7, 7};
    unsigned get = calls->get_three[kind];
    printf("told: %d", CALL(get, P(told), P(told + 1), P(told + 2)));
    printf(", %x %x %x %x\n", told[0], told[1], told[2], told[3]);
    memset(told, 1, sizeof told);
    printf("to nowhere: %d %d", CALL(get, BAD, P(told), P(told)), CALL(get, 0, P(told), P(told)));
    printf(" %d", CALL(get, P(told), BAD, P(told + 1)));
    printf(" %d", CALL(get, P(told), P(told + 2), BAD));
    printf(", %x %x %x %x\n", told[0], told[1], told[2], told[3]);
}

/// A list of groups that ends with a page.
static char *before_the_end(const struct calls *calls, int count) {
    static char *pages;
    if (pages == NULL) {
        pages = map(NULL, 2, READ | WRITE, PRIVATE | ANONYMOUS);
        munmap(pages + PAGE, PAGE);
    }
    memset(pages, 0, PAGE);
    return pages + PAGE - count * calls->bits / 8;
}

static void groups(const struct calls *calls) {
    unsigned get = calls->get_groups, set = calls->set_groups;
    unsigned none[3] = {0, NONE, 0}, told[4] = {7, 7, 7, 7}, zeros[3] = {0, 0, 0};
    printf("%d bits, a list\n", calls->bits);
    printf("emptied: %d %d %d, of none %d %d\n", CALL(set, 0, 0), CALL(get, 0, 0), CALL(get, 5, BAD), CALL(set, 0, BAD),
           CALL(get, 0, BAD));
    printf("three: %d, %d %s\n", CALL(set, 3, P(zeros)), CALL(get, 0, BAD), field("/proc/self/status", "Groups"));
    printf("too small: %d %d %d, nowhere %d %d\n", CALL(get, 2, P(told)), CALL(get, 1, BAD), CALL(get, NONE, P(told)),
           CALL(get, 3, BAD), CALL(get, 4, 0));
    printf("told: %d", CALL(get, 4, P(told)));
    printf(", %x %x %x %x\n", told[0], told[1], told[2], told[3]);
    printf("up to the end: %d\n", CALL(get, 3, P(before_the_end(calls, 3))));
    printf("beyond it: %d %d\n", CALL(get, 3, P(before_the_end(calls, 2))), CALL(set, 3, P(before_the_end(calls, 2))));
    printf("none of them: %d, then nowhere %d\n", CALL(set, 3, P(none)),
           CALL(set, 3, P(memset(before_the_end(calls, 2), 0xff, 4))));
    printf("too many: %d %d, from nowhere %d %d\n", CALL(set, 65537, P(zeros)), CALL(set, NONE, P(zeros)),
           CALL(set, 2, BAD), CALL(set, 65536, P(before_the_end(calls, 4))));
    printf("as before: %d\n", CALL(get, 0, 0));
}

int main(void) {
    for (int kind = 0; kind < 2; kind++) {
        ids(&narrow, kind);
        ids(&wide, kind);
        printf("the rest does not count: %d %d\n", CALL(narrow.set[kind], 0x30000),
               CALL(narrow.set_two[kind], 0x30000, 0x1ffff));
    }
    groups(&narrow);
    groups(&wide);
    unsigned zeros[70] = {0};
    printf("many: %d\n", CALL(wide.set_groups, 70, P(zeros)));
    pid_t child = start_child();
    if (child == 0) {
        printf("inherited: %d\n", CALL(narrow.get_groups, 0, 0));
        CALL(narrow.set_groups, 1, P(zeros));
        printf("its own: %d\n", CALL(wide.get_groups, 0, 0));
        end_child(0);
    }
    printf("ended %x, as before: %d\n", end_of(child), CALL(wide.get_groups, 0, 0));
    printf("still root: %d %d %d %d\n", CALL(199), CALL(200), CALL(201), CALL(202));
    return 0;
}
