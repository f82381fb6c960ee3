// SPDX-License-Identifier: 0BSD
// In what order pending signals are delivered: those of the processor first, then by number; a real-time signal once
// for each sending, in that order, with its value; a standard one once. And who takes one by sigtimedwait sees the
// same.
#define _GNU_SOURCE
#include "child_process.h"
#include <sys/syscall.h>

static int order[64], values[64], codes[64], count;

static void note(int number, siginfo_t *info, void *context) {
    (void)context;
    order[count] = number;
    codes[count] = info->si_code;
    values[count++] = info->si_code == SI_QUEUE ? info->si_value.sival_int : 0;
}

static void show(const char *what) {
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %d/%d/%d", order[i], codes[i], values[i]);
    printf("\n");
    count = 0;
}

static void queue(int number, int value) {
    const union sigval with = {.sival_int = value};
    if (sigqueue(getpid(), number, with) != 0)
        printf("signal %d cannot be queued: %d\n", number, errno);
}

static void block_all(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static void unblock_all(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int take(siginfo_t *info, int first, int second) {
    sigset_t set;
    struct timespec no_time = {0, 0};
    sigemptyset(&set);
    sigaddset(&set, first);
    sigaddset(&set, second);
    return result_of((int)syscall(177, &set, info, &no_time, sizeof set));
}

int main(void) {
    static const int numbers[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD, 34, 35, 50, 64};
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask); // one handler after the other
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);

    block_all();
    queue(50, 1);
    queue(35, 2);
    kill(getpid(), SIGTERM);
    queue(50, 3);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    queue(SIGUSR2, 4);
    queue(SIGUSR2, 5); // the first one stays
    queue(35, 6);
    queue(64, 7);
    kill(getpid(), 34);
    unblock_all();
    show("all at once");

    block_all();
    syscall(SYS_tkill, syscall(SYS_gettid), SIGTERM);
    kill(getpid(), SIGHUP);
    kill(getpid(), SIGTERM);
    syscall(SYS_tkill, syscall(SYS_gettid), SIGHUP);
    unblock_all();
    show("the thread's own before the process's");

    siginfo_t info;
    block_all();
    queue(40, 11);
    queue(36, 12);
    queue(40, 13);
    for (int i = 0; i < 3; i++) {
        int number = take(&info, 40, 36);
        printf("taken: %d, code %d, value %d, mine %d\n", number, info.si_code, info.si_value.sival_int,
               info.si_pid == getpid());
    }
    printf("none left: %d\n", take(&info, 40, 36));
    signal(41, SIG_IGN);
    queue(41, 1);
    printf("ignored and blocked: pending %d\n", is_pending(41));
    signal(41, SIG_DFL);
    queue(41, 2);
    signal(41, SIG_IGN); // what is pending is lost with it
    printf("ignored later: pending %d\n", is_pending(41));
    raise(SIGTERM);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    raise(SIGCHLD);
    printf("default later: %d, one that does nothing: %d\n", is_pending(SIGTERM), is_pending(SIGCHLD));
    signal(SIGCHLD, SIG_DFL);
    printf("once its action is set again: %d\n", is_pending(SIGCHLD));
    return 0;
}
