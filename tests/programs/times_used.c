// SPDX-License-Identifier: 0BSD
// What getrusage, times and the clocks of a process say of each other. How long things last is the host's matter;
// which grows with which is the same everywhere.
#include "child_process.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/times.h>

static volatile unsigned sink;

static long long user_microseconds(int who) {
    struct rusage use;
    getrusage(who, &use);
    return use.ru_utime.tv_sec * 1000000ll + use.ru_utime.tv_usec;
}

static long long nanoseconds(int clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static void work(long long microseconds) {
    long long until = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) + microseconds * 1000;
    while (nanoseconds(CLOCK_PROCESS_CPUTIME_ID) < until)
        for (int i = 0; i < 20000; i++)
            sink += (unsigned)i;
}

static void own(void) {
    struct tms before, after;
    long long process = nanoseconds(CLOCK_PROCESS_CPUTIME_ID), thread = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    long long real = nanoseconds(CLOCK_MONOTONIC), user = user_microseconds(RUSAGE_SELF);
    clock_t start = times(&before);
    work(60000);
    process = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - process;
    thread = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - thread;
    real = nanoseconds(CLOCK_MONOTONIC) - real;
    user = user_microseconds(RUSAGE_SELF) - user;
    clock_t end = times(&after);
    printf("the processor's time: %d, one thread's: %d\n", process >= 60000000, thread >= 60000000 - 1000000);
    printf("not more than has passed: %d\n", process <= real + 1000000);
    printf("of it user: %d\n", user > 5000 && user * 1000 <= process + 1000000);
    printf("in ticks: %d, passed %d\n", after.tms_utime + after.tms_stime - before.tms_utime - before.tms_stime >= 4,
           end - start >= 5);
    printf("a second has %ld ticks\n", sysconf(_SC_CLK_TCK));
    process = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    rest(100);
    printf("sleeping takes none: %d\n", nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - process < 50000000);
}

static void childrens(void) {
    struct tms now;
    siginfo_t info;
    pid_t child = start_child();
    if (child == 0) {
        printf("a child begins with none: %d %d\n", user_microseconds(RUSAGE_SELF) < 30000,
               (int)user_microseconds(RUSAGE_CHILDREN));
        pid_t grandchild = start_child();
        if (grandchild == 0) {
            work(60000);
            _exit(0);
        }
        end_of(grandchild);
        end_child(0);
    }
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    times(&now);
    printf("before it was waited for: %ld %d\n", now.tms_cutime + now.tms_cstime,
           (int)user_microseconds(RUSAGE_CHILDREN));
    end_of(child);
    times(&now);
    printf("afterwards, a grandchild's too: %d %d\n", now.tms_cutime + now.tms_cstime >= 4,
           user_microseconds(RUSAGE_CHILDREN) > 5000);
    signal(SIGCHLD, SIG_IGN);
    long long before = user_microseconds(RUSAGE_CHILDREN);
    child = start_child();
    if (child == 0) {
        work(60000);
        _exit(0);
    }
    end_of(child);
    signal(SIGCHLD, SIG_DFL);
    printf("of one that nobody waits for: %d\n", (int)(user_microseconds(RUSAGE_CHILDREN) - before));
}

static void faults(void) {
    struct rusage before, after;
    volatile char *pages = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise((void *)pages, 64 * 4096, 15); // no large page for these
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < 64; i++)
        pages[i * 4096] = 1;
    getrusage(RUSAGE_SELF, &after);
    long minor = after.ru_minflt - before.ru_minflt;
    printf("a fault a page: %d, of which none waits for a disk: %ld\n", minor >= 64 && minor <= 70,
           after.ru_majflt - before.ru_majflt);
    printf("the largest size has them: %d\n", after.ru_maxrss >= 64 * 4);
    munmap((void *)pages, 64 * 4096);
    long largest = after.ru_maxrss;
    getrusage(RUSAGE_SELF, &after);
    printf("and keeps them: %d\n", after.ru_maxrss >= largest);
}

static void switches(void) {
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < 5; i++)
        rest(1);
    getrusage(RUSAGE_SELF, &after);
    printf("each sleep is a voluntary switch: %d\n", after.ru_nvcsw - before.ru_nvcsw >= 5);
    printf("unknown whose: %d, bad address: %d\n", result_of(getrusage(5, &before)),
           result_of(getrusage(RUSAGE_SELF, (struct rusage *)16)));
    struct rusage thread, all;
    getrusage(RUSAGE_THREAD, &thread);
    getrusage(RUSAGE_SELF, &all);
    printf("the only thread's are all: %d\n", thread.ru_nvcsw <= all.ru_nvcsw && thread.ru_minflt <= all.ru_minflt);
    printf("times to nowhere: %d\n", times(NULL) != -1);
}

int main(void) {
    own();
    childrens();
    faults();
    switches();
    return 0;
}
