// SPDX-License-Identifier: 0BSD
// Limits are set, told by three calls, inherited, kept by exec, and refused: nothing here is about what they do.
#include "limit_probe.h"

struct wide {
    unsigned long long current, maximum;
};

static int wide_call(int pid, unsigned resource, struct wide *wanted, struct wide *old) {
    return CALL(NR_PRLIMIT64, (unsigned)pid, resource, P(wanted), P(old));
}

static void each(void) {
    for (unsigned resource = 0; resource < LIMITS; resource++) {
        if (resource == FILES || resource == STACK || resource == ADDRESS_SPACE || resource == DATA || resource == NICE ||
            resource == PRIORITY)
            continue;
        printf("%u: %d", resource, set_limit(resource, 1000, 2000));
        struct limit limit = get_limit(resource);
        printf(" %u %u\n", limit.current, limit.maximum);
    }
    show("one too many", set_limit(LIMITS, 1, 2));
    show("one too many, told", CALL(NR_UGETRLIMIT, LIMITS, P("")));
    show("one too many, told by the old call", CALL(NR_GETRLIMIT, LIMITS, P("")));
    show("more than the most", set_limit(CORE, 5, 4));
    show("unlimited above the most", set_limit(CORE, UNLIMITED, 4));
    show_limit("nothing has changed", CORE);
}

static void mistakes(void) {
    show("set from nowhere", CALL(NR_SETRLIMIT, CORE, 16));
    show("told to nowhere", CALL(NR_UGETRLIMIT, CORE, 16));
    show("told to nowhere by the old call", CALL(NR_GETRLIMIT, CORE, 16));
    show("a bad number from nowhere", CALL(NR_SETRLIMIT, 99, 16));
    show("wide, from nowhere", CALL(NR_PRLIMIT64, 0, CORE, 16, 0));
    show("wide, to nowhere", CALL(NR_PRLIMIT64, 0, CORE, 0, 16));
    show("wide, nobody", CALL(NR_PRLIMIT64, 99999, CORE, 0, 0));
    show("wide, a bad number", CALL(NR_PRLIMIT64, 0, 16, 0, 0));
    show("wide, nobody, a bad number", CALL(NR_PRLIMIT64, 99999, 16, 0, 0));
    show("wide, nothing asked", CALL(NR_PRLIMIT64, 0, CORE, 0, 0));
    struct wide wrong = {5, 4};
    show("wide, more than the most", wide_call(0, CORE, &wrong, NULL));
}

static void widths(void) {
    struct wide large = {0x123456789ull, 0x223456789ull}, old = {1, 1}, unlimited = {~0ull, ~0ull};
    show("unlimited", wide_call(0, FILE_SIZE, &unlimited, &old));
    set_limit(FILE_SIZE, UNLIMITED, UNLIMITED);
    wide_call(0, FILE_SIZE, NULL, &old);
    printf("narrow, unlimited: %llx %llx\n", old.current, old.maximum);
    show("a large one", wide_call(0, FILE_SIZE, &large, &old));
    printf("before: %llx %llx\n", old.current, old.maximum);
    show_limit("told narrow", FILE_SIZE);
    struct limit narrow;
    CALL(NR_GETRLIMIT, FILE_SIZE, P(&narrow));
    printf("by the old call: %x %x\n", narrow.current, narrow.maximum);
    set_limit(FILE_SIZE, 0xfffffffe, 0xfffffffe);
    wide_call(0, FILE_SIZE, NULL, &old);
    printf("narrow, nearly: %llx %llx\n", old.current, old.maximum);
}

static void family(char **arguments) {
    set_limit(CORE, 111, 222);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        show_limit("child", CORE);
        set_limit(CORE, 11, 22);
        fflush(stdout);
        char *again[] = {arguments[0], "again", NULL};
        execv("/proc/self/exe", again);
        _exit(9);
    }
    waitpid(child, NULL, 0);
    show_limit("parent", CORE);
    int ends[2];
    pipe(ends);
    child = fork();
    if (child == 0) {
        char c;
        read(ends[0], &c, 1);
        show_limit("set by the parent", CORE);
        fflush(stdout);
        _exit(0);
    }
    struct wide wanted = {33, 44}, old;
    show("of a child", wide_call(child, CORE, &wanted, &old));
    printf("before: %u %u\n", (unsigned)old.current, (unsigned)old.maximum);
    fflush(stdout);
    write(ends[1], "", 1);
    waitpid(child, NULL, 0);
    show("of one that is gone", wide_call(child, CORE, NULL, &old));
}

int main(int count, char **arguments) {
    if (count > 1) {
        show_limit("after exec", CORE);
        return 0;
    }
    widths();
    each();
    mistakes();
    family(arguments);
    return 0;
}
