// SPDX-License-Identifier: 0BSD
// Interval timers: by the time of all and by the process's own, their order, and what they tell of what is left.
#include "child_process.h"
#include <sys/time.h>

static volatile int ticks, profile_ticks, alarms;
static volatile unsigned sink;

static void count(int number) {
    if (number == SIGVTALRM)
        ticks++;
    else if (number == SIGPROF)
        profile_ticks++;
    else
        alarms++;
}

static void set(int which, int milliseconds, int every) {
    struct itimerval timer = {{every / 1000, every % 1000 * 1000}, {milliseconds / 1000, milliseconds % 1000 * 1000}};
    setitimer(which, &timer, NULL);
}

static int is_set(int which) {
    struct itimerval timer;
    getitimer(which, &timer);
    return timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0;
}

static void work_until(volatile int *counter, int value) {
    while (*counter < value)
        for (int i = 0; i < 1000; i++)
            sink += (unsigned)i;
}

static void by_own_time(void) {
    set(ITIMER_VIRTUAL, 20, 20);
    work_until(&ticks, 3);
    int seen = ticks;
    rest(100);
    printf("none while it sleeps: %d\n", ticks == seen);
    set(ITIMER_VIRTUAL, 0, 0);
    printf("stopped: %d\n", is_set(ITIMER_VIRTUAL));
    set(ITIMER_PROF, 20, 0);
    work_until(&profile_ticks, 1);
    printf("once: %d %d\n", profile_ticks, is_set(ITIMER_PROF));
}

static void by_all_time(void) {
    set(ITIMER_REAL, 30, 30);
    while (alarms < 3)
        pause();
    printf("while it sleeps: %d\n", alarms);
    set(ITIMER_REAL, 0, 0);
    alarms = 0;
    rest(60);
    printf("stopped: %d\n", alarms);
}

static void what_is_left(void) {
    struct itimerval timer = {{0, 250000}, {50, 0}}, old;
    printf("no alarm before: %u\n", alarm(100));
    rest(20);
    printf("left of 100: %u\n", alarm(10));
    setitimer(ITIMER_REAL, &timer, &old);
    printf("alarm is the same timer: %d, once %d\n", old.it_value.tv_sec == 9 || old.it_value.tv_sec == 8,
           old.it_interval.tv_sec == 0 && old.it_interval.tv_usec == 0);
    getitimer(ITIMER_REAL, &old);
    printf("interval %ld, left %d\n", old.it_interval.tv_usec, old.it_value.tv_sec == 49 || old.it_value.tv_sec == 50);
    printf("taken away: %u, then %u\n", alarm(0), alarm(0));
    struct itimerval short_one = {{0, 0}, {0, 300000}};
    setitimer(ITIMER_REAL, &short_one, NULL);
    printf("less than a second: %u\n", alarm(0));
    printf("three timers: ");
    set(ITIMER_REAL, 100000, 0);
    set(ITIMER_VIRTUAL, 200000, 0);
    printf("%d %d %d\n", is_set(ITIMER_REAL), is_set(ITIMER_VIRTUAL), is_set(ITIMER_PROF));
    set(ITIMER_REAL, 0, 0);
    set(ITIMER_VIRTUAL, 0, 0);
}

static void refused(void) {
    struct itimerval bad = {{0, 0}, {1, 1000000}}, negative = {{-1, 0}, {1, 0}};
    printf("a million: %d, negative: %d\n", result_of(setitimer(ITIMER_REAL, &bad, NULL)),
           result_of(setitimer(ITIMER_VIRTUAL, &negative, NULL)));
    printf("unknown: %d %d\n", result_of(setitimer(3, &bad, NULL)), result_of(getitimer(-1, &bad)));
    printf("bad address: %d %d\n", result_of(setitimer(ITIMER_PROF, (struct itimerval *)16, NULL)),
           result_of(getitimer(ITIMER_PROF, (struct itimerval *)16)));
}

static void by_default(void) {
    static const int which[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
    for (int i = 0; i < 3; i++) {
        pid_t child = start_child();
        if (child == 0) {
            signal(SIGALRM, SIG_DFL);
            signal(SIGVTALRM, SIG_DFL);
            signal(SIGPROF, SIG_DFL);
            set(which[i], 10, 0);
            for (;;)
                sink++;
        }
        printf("ends by signal %d\n", WTERMSIG(end_of(child)));
    }
}

int main(void) {
    handle_with(SIGALRM, count, 0);
    handle_with(SIGVTALRM, count, SA_RESTART);
    handle_with(SIGPROF, count, SA_RESTART);
    by_own_time();
    by_all_time();
    what_is_left();
    refused();
    by_default();
    return 0;
}
