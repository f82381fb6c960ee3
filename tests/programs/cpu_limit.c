// SPDX-License-Identifier: 0BSD
// RLIMIT_CPU: who has executed for as long as it may gets SIGXCPU, and the limit moves on; and that root is not kept from
// having more processes than RLIMIT_NPROC says.
#include <sys/resource.h>

#include "child_process.h"
#include "linux_raw_call.h"

enum { NR_PRLIMIT64 = 340, LIMIT_CPU = 0, LIMIT_PROCESSES = 6, XCPU = 24 };

struct limit {
    unsigned long long current, maximum;
};

static int change_limit(unsigned which, unsigned long long current, unsigned long long maximum) {
    struct limit limit = {current, maximum};
    return CALL(NR_PRLIMIT64, 0, which, P(&limit), 0);
}

static volatile int heard;

static void note(int number) {
    heard += number == XCPU;
}

static void work(void) {
    for (volatile unsigned round = 0; heard == 0; round++)
        ;
}

static void too_many_processes(void) {
    printf("one process: %d\n", change_limit(LIMIT_PROCESSES, 1, 1));
    pid_t child = start_child();
    if (child == 0)
        end_child(3);
    printf("another: %d, %x\n", child > 0, (unsigned)end_of(child));
}

static void handled(void) {
    struct limit limit;
    handle_with(XCPU, note, 0);
    printf("one second: %d\n", change_limit(LIMIT_CPU, 1, 10));
    work();
    CALL(NR_PRLIMIT64, 0, LIMIT_CPU, 0, P(&limit));
    printf("told %d times, now %d of %d\n", heard, (int)limit.current, (int)limit.maximum);
    handle_with(XCPU, SIG_DFL, 0);
    heard = 0;
}

static void not_handled(void) {
    pid_t child = start_child();
    if (child == 0) {
        change_limit(LIMIT_CPU, 0, 10);
        work();
    }
    printf("at once, by default: %x\n", (unsigned)end_of(child) & 0x7f);
    child = start_child();
    if (child == 0) {
        handle_with(XCPU, SIG_IGN, 0);
        change_limit(LIMIT_CPU, 0, 0);
        work();
    }
    printf("at once, for good: %x\n", (unsigned)end_of(child));
}

int main(void) {
    too_many_processes();
    not_handled();
    handled();
    return 0;
}
