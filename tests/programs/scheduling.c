// SPDX-License-Identifier: 0BSD
// Scheduling policies and affinity: what there is, what an ordinary process may ask for, and what children have of it.
#include "child_process.h"
#include "linux_raw_call.h"
#include <sys/resource.h>

enum { SETPARAM = 154, GETPARAM, SETSCHEDULER, GETSCHEDULER, MOST = 159, LEAST, INTERVAL };
enum { SETAFFINITY = 241, GETAFFINITY, INTERVAL_TIME64 = 423 };
enum { OTHER = 0, BATCH = 3, IDLE = 5, LAST_POLICY = 9, RESET_ON_FORK = 0x40000000 };
#define BAD 0xc0000000u // the kernel's
#define NOBODY (unsigned)-1

static unsigned nobody; // a pid that is free
static unsigned zero, one = 1;

static int set(unsigned policy) {
    return CALL(SETSCHEDULER, 0, policy, P(&zero));
}

static int policy(void) {
    return CALL(GETSCHEDULER, 0);
}

static void policies(void) {
    for (unsigned which = 0; which <= LAST_POLICY; which++)
        printf("policy %u: priority from %d to %d\n", which, CALL(LEAST, which), CALL(MOST, which));
    printf("no policy: %d %d, with a flag %d %d\n", CALL(LEAST, NOBODY), CALL(MOST, NOBODY), CALL(LEAST, RESET_ON_FORK),
           CALL(MOST, RESET_ON_FORK));
    static const unsigned settable[] = {OTHER, BATCH, IDLE, BATCH | RESET_ON_FORK, IDLE, OTHER};
    for (unsigned i = 0; i < sizeof settable / sizeof *settable; i++) {
        printf("set %x: %d, with a priority %d", settable[i], set(settable[i]),
               CALL(SETSCHEDULER, 0, settable[i], P(&one)));
        printf(", is %x", policy());
        printf(", of its pid %x\n", CALL(GETSCHEDULER, getpid()));
    }
    static const unsigned unknown[] = {4, 6, 7, 8, 99, NOBODY, 0x80000000, 0x20000000};
    for (unsigned i = 0; i < sizeof unknown / sizeof *unknown; i++)
        printf("set %x: %d\n", unknown[i], set(unknown[i]));
    printf("realtime without a priority: %d %d, with one too high %d, less than none %d\n", set(1), set(2),
           CALL(SETSCHEDULER, 0, 1, P(&(unsigned){100})), CALL(SETSCHEDULER, 0, 1, P(&(unsigned){NOBODY})));
}

static void parameters(void) {
    unsigned told[2] = {7, 7};
    set(BATCH | RESET_ON_FORK);
    printf("parameter: %d", CALL(GETPARAM, 0, P(told)));
    printf(", %u %u\n", told[0], told[1]);
    printf("set: %d, to one %d, is %x\n", CALL(SETPARAM, 0, P(&zero)), CALL(SETPARAM, 0, P(&one)), policy());
    printf("nowhere: %d %d, %d %d, %d %d\n", CALL(GETPARAM, 0, 0), CALL(GETPARAM, 0, BAD), CALL(SETPARAM, 0, 0),
           CALL(SETPARAM, 0, BAD), CALL(SETSCHEDULER, 0, 0, 0), CALL(SETSCHEDULER, 0, 0, BAD));
    printf("nobody: %d %d %d %d\n", CALL(GETSCHEDULER, nobody), CALL(GETPARAM, nobody, P(told)),
           CALL(SETPARAM, nobody, P(&zero)), CALL(SETSCHEDULER, nobody, OTHER, P(&zero)));
    printf("less than nobody: %d %d %d %d\n", CALL(GETSCHEDULER, NOBODY), CALL(GETPARAM, NOBODY, P(told)),
           CALL(SETPARAM, NOBODY, P(&zero)), CALL(SETSCHEDULER, NOBODY, OTHER, P(&zero)));
    printf("order: %d %d %d %d %d\n", CALL(SETSCHEDULER, nobody, OTHER, BAD), CALL(SETSCHEDULER, nobody, 99, P(&zero)),
           CALL(SETSCHEDULER, NOBODY, 0, BAD), CALL(GETPARAM, NOBODY, 0), CALL(GETPARAM, nobody, BAD));
    set(OTHER);
}

static void inheritance(unsigned policy_of_parent, int niceness) {
    set(policy_of_parent);
    setpriority(PRIO_PROCESS, 0, niceness);
    pid_t child = start_child();
    if (child == 0) {
        printf("child of %x at %d: %x at %d\n", policy_of_parent, niceness, policy(), getpriority(PRIO_PROCESS, 0));
        end_child(0);
    }
    end_of(child);
    printf("the parent: %x at %d\n", policy(), getpriority(PRIO_PROCESS, 0));
    set(OTHER);
    setpriority(PRIO_PROCESS, 0, 0);
}

static void affinity(void) {
    unsigned all[64];
    memset(all, 0x55, sizeof all);
    int got = CALL(GETAFFINITY, 0, sizeof all, P(all)), any = 0;
    for (int i = 0; i < got / 4; i++)
        any |= all[i] != 0;
    printf("told: whole words %d, some processor %d, the rest as it was %x\n", got > 0 && got % 4 == 0, any, all[63]);
    printf("a word: %d, too short %d %d %d, odd %d %d\n", CALL(GETAFFINITY, 0, 4, P(all)), CALL(GETAFFINITY, 0, 0, P(all)),
           CALL(GETAFFINITY, 0, 1, P(all)), CALL(GETAFFINITY, 0, 3, P(all)), CALL(GETAFFINITY, 0, 5, P(all)),
           CALL(GETAFFINITY, 0, 7, P(all)));
    printf("nowhere: %d, nobody %d %d, order %d %d\n", CALL(GETAFFINITY, 0, 4, BAD), CALL(GETAFFINITY, nobody, 4, P(all)),
           CALL(GETAFFINITY, NOBODY, 4, P(all)), CALL(GETAFFINITY, nobody, 4, BAD), CALL(GETAFFINITY, nobody, 3, BAD));
    unsigned first[64] = {1}, none[64] = {0};
    printf("the first: %d %d %d %d %d\n", CALL(SETAFFINITY, 0, 4, P(first)), CALL(SETAFFINITY, 0, 1, P(first)),
           CALL(SETAFFINITY, 0, 3, P(first)), CALL(SETAFFINITY, 0, sizeof first, P(first)),
           CALL(SETAFFINITY, getpid(), 8, P(first)));
    all[0] = 0;
    printf("it is: %d", CALL(GETAFFINITY, 0, 4, P(all)));
    printf(" %x\n", all[0]);
    printf("none: %d %d, nowhere %d, nobody %d %d, order %d %d\n", CALL(SETAFFINITY, 0, sizeof none, P(none)),
           CALL(SETAFFINITY, 0, 0, P(first)), CALL(SETAFFINITY, 0, 4, BAD), CALL(SETAFFINITY, nobody, 4, P(first)),
           CALL(SETAFFINITY, NOBODY, 4, P(first)), CALL(SETAFFINITY, nobody, 4, BAD), CALL(SETAFFINITY, nobody, 4, P(none)));
}

static void intervals(void) {
    unsigned narrow[2] = {7, 7};
    unsigned wide[4] = {7, 7, 7, 7};
    printf("slice: %d %d", CALL(INTERVAL, 0, P(narrow)), CALL(INTERVAL_TIME64, getpid(), P(wide)));
    printf(", seconds %u %u %u\n", narrow[0], wide[0], wide[1]);
    for (unsigned number = INTERVAL; number <= INTERVAL_TIME64; number += INTERVAL_TIME64 - INTERVAL)
        printf("nowhere: %d %d, nobody %d, less %d, order %d\n", CALL(number, 0, 0), CALL(number, 0, BAD),
               CALL(number, nobody, P(wide)), CALL(number, NOBODY, P(wide)), CALL(number, nobody, BAD));
}

int main(void) {
    pid_t child = start_child();
    if (child == 0)
        end_child(0);
    end_of(child);
    nobody = (unsigned)child;
    policies();
    parameters();
    inheritance(BATCH, 3);
    inheritance(BATCH | RESET_ON_FORK, 3);
    inheritance(IDLE | RESET_ON_FORK, -4);
    inheritance(IDLE, -4);
    affinity();
    intervals();
    return 0;
}
