// SPDX-License-Identifier: 0BSD
// Handlers: for a signal the program sends itself, and for a fault, left by longjmp with the address in hand.
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static jmp_buf before;
static volatile int seen;
static char *volatile faulted;

static void count(int number) {
    seen += number;
}

static void leave(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    faulted = info->si_addr;
    longjmp(before, info->si_code);
}

int main(void) {
    signal(SIGUSR1, count);
    raise(SIGUSR1);
    raise(SIGUSR1);
    printf("seen %d, by number %d\n", seen / SIGUSR1, seen == 2 * SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    printf("ignored: %d\n", seen == 2 * SIGUSR1);

    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    signal(SIGUSR2, count);
    sigprocmask(SIG_BLOCK, &set, &old);
    seen = 0;
    raise(SIGUSR2);
    printf("blocked: %d,", seen);
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf(" and then %d\n", seen != 0);

    struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
    char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int code = setjmp(before);
    if (code == 0)
        *(volatile char *)(page + 123) = 1;
    printf("fault: %d, at byte %d\n", code == SEGV_ACCERR, (int)(faulted - page));
    return 0;
}
