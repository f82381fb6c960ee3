// SPDX-License-Identifier: 0BSD
// capget and capset: versions of their header, whose rights are asked, and rights that go and do not come back.
#include "child_process.h"
#include "own_copy.h"
#include "proc_probe.h"

enum { CAPGET = 184, CAPSET = 185 };
enum { FIRST = 0x19980330, SECOND = 0x20071026, THIRD = 0x20080522 };
enum { CHOWN = 1, KILL = 1 << 5, SETPCAP = 1 << 8 }; // bits of the low half
#define BAD 0xc0000000u                             // the kernel's

struct header {
    unsigned version;
    int pid;
};
struct half {
    unsigned effective, permitted, inheritable;
};

static int get(unsigned version, int pid, struct half *to) {
    struct header header = {version, pid};
    return CALL(CAPGET, P(&header), P(to));
}

static int set(const struct half *from) {
    struct header header = {THIRD, 0};
    return CALL(CAPSET, P(&header), P(from));
}

static struct half now(void) {
    struct half halves[2];
    get(THIRD, 0, halves);
    return halves[0];
}

/// Sets the low half so, the high one as it is.
static int change(struct half low) {
    struct half halves[2];
    get(THIRD, 0, halves);
    halves[0] = low;
    return set(halves);
}

static void headers(void) {
    struct half halves[3];
    static const unsigned versions[] = {FIRST, SECOND, THIRD, 0, 5, THIRD + 1};
    for (unsigned i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct header header = {versions[i], 0};
        memset(halves, 0x55, sizeof halves);
        int result = CALL(CAPGET, P(&header), P(halves));
        printf("%x: %d, told to use %x, halves %d %d %d, inheritable %x\n", versions[i], result, header.version,
               halves[0].effective != 0x55555555, halves[1].effective != 0x55555555,
               halves[2].effective != 0x55555555, halves[0].inheritable);
        header = (struct header){versions[i], 0};
        printf("asked for the version: %d", CALL(CAPGET, P(&header), 0));
        printf(", set from nowhere: %d\n", CALL(CAPSET, P(&header), BAD));
    }
    struct header header = {THIRD, 0};
    printf("no header: %d %d %d, to nowhere %d\n", CALL(CAPGET, BAD, P(halves)), CALL(CAPGET, 0, 0),
           CALL(CAPSET, BAD, P(halves)), CALL(CAPGET, P(&header), BAD));
}

static void processes(void) {
    struct half halves[2], others[2];
    struct header header = {THIRD, getpid()};
    pid_t child = waiting_child();
    get(THIRD, 0, halves);
    printf("mine by pid: %d, the same %d\n", get(THIRD, getpid(), others), memcmp(halves, others, sizeof halves) == 0);
    printf("a child's: %d, the same %d\n", get(THIRD, child, others), memcmp(halves, others, sizeof halves) == 0);
    printf("set mine by pid: %d\n", CALL(CAPSET, P(&header), P(halves)));
    header.pid = child;
    printf("set a child's: %d\n", CALL(CAPSET, P(&header), P(halves)));
    kill(child, SIGKILL);
    end_of(child);
    printf("nobody's: %d, less than nobody's %d %d\n", get(THIRD, child, halves), get(THIRD, -1, halves),
           get(THIRD, -1, NULL));
}

static void show_low(const char *what) {
    struct half low = now();
    unsigned mask = CHOWN | KILL | SETPCAP;
    printf("%s: %x %x %x\n", what, low.effective & mask, low.permitted & mask, low.inheritable & mask);
}

static void rights(void) {
    struct half low = now();
    low.inheritable = CHOWN | KILL;
    printf("made inheritable: %d\n", change(low));
    show_low("all");
    low.effective &= ~(unsigned)CHOWN;
    printf("not in force: %d, in force %d\n", change(low), change((struct half){low.permitted, low.permitted, 0}));
    low.effective &= ~(unsigned)KILL;
    low.permitted &= ~(unsigned)KILL;
    printf("given up: %d\n", change(low));
    show_low("without");
    printf("wanted back: %d\n", change((struct half){low.effective, low.permitted | KILL, 0}));
    printf("in force without being permitted: %d\n", change((struct half){low.effective | KILL, low.permitted, 0}));
    low.inheritable = KILL;
    printf("handed on by who may hand on any: %d\n", change(low));
    low.effective &= ~(unsigned)SETPCAP;
    low.inheritable = 0;
    printf("not handing on: %d\n", change(low));
    printf("inheritable then: %d %d\n", change((struct half){low.effective, low.permitted, KILL}),
           change((struct half){low.effective, low.permitted, CHOWN}));
    show_low("at last");
    printf("inherited: %s\n", field("/proc/self/status", "CapInh"));
    fflush(stdout);
}

int main(int count, char **arguments) {
    (void)arguments;
    if (count > 1) {
        char all[64];
        strcpy(all, field("/proc/self/status", "CapBnd"));
        printf("in a program of its own: all %d", strcmp(all, field("/proc/self/status", "CapPrm")) == 0);
        printf(" %d\n", strcmp(all, field("/proc/self/status", "CapEff")) == 0);
        printf("inherited still: %s\n", field("/proc/self/status", "CapInh"));
        return 0;
    }
    headers();
    processes();
    copy_self("self");
    rights();
    pid_t child = start_child();
    if (child == 0) {
        show_low("of a child");
        fflush(stdout);
        execv("self", (char *[]){"self", "again", NULL});
    }
    printf("ended %x\n", end_of(child));
    unlink("self");
    return 0;
}
