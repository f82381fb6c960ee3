// SPDX-License-Identifier: 0BSD
// Timers that a process makes for itself by timer_create: whom they tell and with what, how often they expire while their
// signal waits, by which clocks they go, and what fork, execve and timer_delete do to them.
#include "child_process.h"
#include <sys/syscall.h>

enum { TIMER_CREATE = 259, TIMER_SETTIME, TIMER_GETTIME, TIMER_GETOVERRUN, TIMER_DELETE };
enum { TELL_SIGNAL = 0, TELL_NOBODY = 1, TELL_THREAD = 4 };

struct event {
    int value, signal, notify, thread, unused[12];
};
struct times {
    struct timespec interval, value;
};

static volatile int handled, value, code, timer_id, overrun;
static volatile unsigned sink;

static void note(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    handled++;
    timer_id = info->words[0];
    overrun = info->words[1];
    value = info->words[2];
    code = info->si_code;
}

static int create(int clock, int notify, int signal, int with, int *id) {
    struct event event = {with, signal, notify, (int)syscall(SYS_gettid), {0}};
    return result_of((int)syscall(TIMER_CREATE, clock, &event, id));
}

static struct times times_of(int first, int every) {
    struct times times = {{every / 1000, every % 1000 * 1000000}, {first / 1000, first % 1000 * 1000000}};
    return times;
}

static int set(int id, int first, int every) {
    struct times times = times_of(first, every);
    return result_of((int)syscall(TIMER_SETTIME, id, 0, &times, NULL));
}

static long left(int id) {
    struct times now;
    if (syscall(TIMER_GETTIME, id, &now) != 0)
        return -errno;
    return now.value.tv_sec * 1000 + now.value.tv_nsec / 1000000;
}

static void wait_handled(int times) {
    while (handled < times)
        rest(5);
}

static void once_and_often(void) {
    int id;
    printf("create: %d", create(CLOCK_MONOTONIC, TELL_SIGNAL, SIGUSR1, 4711, &id));
    printf(", first %d, not set: %ld\n", id, left(id));
    printf("set: %d", set(id, 30, 0));
    wait_handled(1);
    printf(", told of %d, value %d, code %d, overrun %d, left %ld\n", timer_id == id, value, code, overrun, left(id));
    handled = 0;
    set(id, 10, 10);
    wait_handled(3);
    printf("again and again: %d, left at most %d\n", handled >= 3, left(id) <= 10);
    printf("stopped: %d", set(id, 0, 5));
    printf(", left %ld\n", left(id));
    printf("delete: %d", result_of((int)syscall(TIMER_DELETE, id)));
    printf(", again: %d", result_of((int)syscall(TIMER_DELETE, id)));
    printf(", then: %ld\n", left(id));
}

/// A standard signal waits once; but each timer's waits beside it, where it was there first.
static void while_it_is_blocked(void) {
    int id;
    create(CLOCK_MONOTONIC, TELL_SIGNAL, SIGUSR1, 5, &id);
    for (int by_hand_first = 0; by_hand_first < 2; by_hand_first++) {
        change_mask(SIG_BLOCK, SIGUSR1);
        handled = 0;
        if (by_hand_first)
            kill(getpid(), SIGUSR1);
        set(id, 10, 0);
        rest(60);
        kill(getpid(), SIGUSR1);
        printf("pending %d, handled %d", is_pending(SIGUSR1), handled);
        change_mask(SIG_UNBLOCK, SIGUSR1);
        printf(", then %d, the last one's code %d\n", handled, code);
    }
    handled = 0;
    change_mask(SIG_BLOCK, SIGUSR1);
    set(id, 10, 10);
    rest(100);
    change_mask(SIG_UNBLOCK, SIGUSR1);
    int many = overrun;
    long told = syscall(TIMER_GETOVERRUN, id);
    set(id, 0, 0);
    printf("it would have been many: %d, as the call says: %d\n", many >= 5 && many <= 60, told == many || told == 0);
    syscall(TIMER_DELETE, id);
}

static void clocks(void) {
    int process, thread, nobody, by_default;
    printf("process %d, thread %d", create(CLOCK_PROCESS_CPUTIME_ID, TELL_SIGNAL, SIGUSR1, 1, &process),
           create(CLOCK_THREAD_CPUTIME_ID, TELL_THREAD, SIGUSR1, 2, &thread));
    printf(", nobody %d", create(CLOCK_REALTIME, TELL_NOBODY, 0, 0, &nobody));
    printf(", default %d\n", result_of((int)syscall(TIMER_CREATE, CLOCK_MONOTONIC, NULL, &by_default)));
    handled = 0;
    set(process, 20, 0);
    rest(80);
    printf("sleeping is no time of the process's: %d\n", handled);
    while (handled == 0)
        sink++;
    printf("working is: value %d\n", value);
    handled = 0;
    set(thread, 20, 0);
    while (handled == 0)
        sink++;
    printf("and of the thread's: value %d\n", value);
    set(nobody, 20, 0);
    long before = left(nobody);
    rest(60);
    printf("nobody is told: %d, left %ld\n", before > 0 && before <= 20, left(nobody));
    handle_with(SIGALRM, SIG_IGN, 0);
    set(by_default, 10, 10);
    rest(50);
    printf("ignored, it goes on: %d\n", left(by_default) <= 10);
    struct times at = times_of(0, 0);
    clock_gettime(CLOCK_MONOTONIC, &at.value);
    at.value.tv_sec += 100;
    syscall(TIMER_SETTIME, by_default, 1, &at, NULL);
    printf("at a time: %d\n", left(by_default) > 99000 && left(by_default) <= 100000);
    handle_with(SIGUSR1, (void (*)(int))note, SA_SIGINFO);
    pid_t child = start_child();
    if (child == 0) {
        printf("a child has none: %ld\n", left(process));
        end_child(0);
    }
    end_of(child);
    printf("the parent has: %d\n", left(process) >= 0);
}

static void refused(void) {
    int id;
    struct event event = {0, SIGUSR1, TELL_SIGNAL, 0, {0}};
    struct times bad = {{0, 0}, {0, 1000000000}};
    printf("clock: %d %d, signal: %d %d, notification: %d\n", create(77, TELL_SIGNAL, SIGUSR1, 0, &id),
           create(5, TELL_SIGNAL, SIGUSR1, 0, &id), create(CLOCK_MONOTONIC, TELL_SIGNAL, 0, 0, &id),
           create(CLOCK_MONOTONIC, TELL_SIGNAL, 65, 0, &id), create(CLOCK_MONOTONIC, 9, SIGUSR1, 0, &id));
    event.notify = TELL_THREAD;
    event.thread = 1000000;
    printf("thread: %d, addresses: %d %d\n", result_of((int)syscall(TIMER_CREATE, CLOCK_MONOTONIC, &event, &id)),
           result_of((int)syscall(TIMER_CREATE, CLOCK_MONOTONIC, 16, &id)),
           result_of((int)syscall(TIMER_CREATE, CLOCK_MONOTONIC, NULL, 16)));
    printf("no such timer: %d %ld %d\n", set(99, 1, 0), left(99), result_of((int)syscall(TIMER_GETOVERRUN, 99)));
    syscall(TIMER_CREATE, CLOCK_MONOTONIC, NULL, &id);
    printf("time: %d %d, addresses: %d %d\n", result_of((int)syscall(TIMER_SETTIME, id, 0, &bad, NULL)),
           result_of((int)syscall(TIMER_SETTIME, id, 0, NULL, NULL)),
           result_of((int)syscall(TIMER_SETTIME, id, 0, 16, NULL)), result_of((int)syscall(TIMER_GETTIME, id, 16)));
}

int main(int count, char **arguments) {
    if (count > 1) {
        printf("executed: %ld\n", left(0));
        return 0;
    }
    handle_with(SIGUSR1, (void (*)(int))note, SA_SIGINFO);
    once_and_often();
    while_it_is_blocked();
    clocks();
    refused();
    char *again[] = {arguments[0], (char *)"again", NULL};
    fflush(stdout);
    execv("/proc/self/exe", again);
    return 1;
}
