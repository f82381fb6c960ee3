// SPDX-License-Identifier: 0BSD
// Masks, queues, nesting, stacks for handlers, suspending, and what exec and fork keep.
#define _DEFAULT_SOURCE
#include "linux_signal_call.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char order[64];
static volatile int depth, deepest, runs;
static char *stack;

static void note(int number) {
    char letter[2] = {(char)('A' + number - 1), 0};
    strcat(order, letter);
}

static void nest(int number) {
    depth++;
    deepest = depth > deepest ? depth : deepest;
    if (++runs < 3)
        CALL(37, (unsigned)getpid(), (unsigned)number);
    depth--;
}

static void values(int number, siginfo_t *info, void *context) {
    (void)context;
    printf("queued %d: code %d value %d from me %d\n", number, info->si_code, info->words[2], info->si_pid == getpid());
}

static void where(int number) {
    char here;
    printf("signal %d on its own stack: %d\n", number, &here > stack && &here < stack + 16384);
    unsigned now[3];
    CALL(186, 0, P(now));
    printf("told so: %u\n", now[1]);
    unsigned off[3] = {0, 2, 0};
    printf("to change it: %d\n", CALL(186, P(off), 0));
}

static int queue(int number, int value) {
    unsigned info[32] = {(unsigned)number, 0, (unsigned)-1, (unsigned)getpid(), 0, (unsigned)value};
    return CALL(178, (unsigned)getpid(), (unsigned)number, P(info));
}

static void send_all(void) {
    static const int numbers[] = {SIGUSR2, SIGTERM, SIGUSR1, SIGHUP, SIGUSR1};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        CALL(37, (unsigned)getpid(), (unsigned)numbers[i]);
}

static int status_of(pid_t child) {
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

int main(void) {
    unsigned pending[2];
    act(SIGUSR1, note, 0, ~0u);
    act(SIGUSR2, note, 0, ~0u);
    act(SIGTERM, note, 0, ~0u);
    act(SIGHUP, note, 0, ~0u);
    set_mask(~0u);
    send_all();
    CALL(176, P(pending), 8);
    printf("pending %x\n", pending[0]);
    set_mask(0);
    printf("order %s\n", order);

    act(SIGUSR1, nest, SA_NODEFER, 0);
    CALL(37, (unsigned)getpid(), SIGUSR1);
    printf("deepest with NODEFER %d\n", deepest);
    deepest = runs = 0;
    act(SIGUSR1, nest, 0, 0);
    CALL(37, (unsigned)getpid(), SIGUSR1);
    printf("deepest without %d\n", deepest);

    act(40, values, SA_SIGINFO, 0);
    unsigned block40[2] = {0, 1u << 7};
    CALL(175, 0, P(block40), 0, 8);
    for (int i = 1; i <= 3; i++)
        printf("queue: %d\n", queue(40, 10 * i));
    CALL(175, 1, P(block40), 0, 8);
    printf("bad number %d, not mine to fake %d\n", queue(65, 0), CALL(178, 1000000, 10, P(pending)));

    stack = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned own[3] = {P(stack), 0, 16384}, small[3] = {P(stack), 0, 2047};
    printf("too small %d\n", CALL(186, P(small), 0));
    printf("set %d\n", CALL(186, P(own), 0));
    act(SIGUSR1, where, FLAG_ONSTACK, 0);
    CALL(37, (unsigned)getpid(), SIGUSR1);

    order[0] = 0;
    act(SIGUSR1, note, 0, 0);
    set_mask(bit(SIGUSR1));
    CALL(37, (unsigned)getpid(), SIGUSR1);
    unsigned none[2] = {0, 0};
    printf("suspend %d, handled %s\n", CALL(179, P(none), 8), order);
    CALL(175, 0, 0, P(pending), 8);
    printf("mask is back %x\n", pending[0]);
    set_mask(0);

    act(SIGUSR1, note, SA_RESETHAND, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        CALL(37, (unsigned)getpid(), SIGUSR1);
        CALL(37, (unsigned)getpid(), SIGUSR1);
        _exit(0);
    }
    printf("second time it kills: %d\n", status_of(child) & 0x7F);

    fflush(stdout);
    child = fork();
    if (child == 0) {
        act(SIGSEGV, SIG_IGN, 0, 0);
        *(volatile int *)4 = 1;
        _exit(0);
    }
    printf("ignored fault kills: %d\n", status_of(child) & 0x7F);
    printf("kill and stop cannot be caught: %d %d\n", act(SIGKILL, note, 0, 0), act(SIGSTOP, SIG_IGN, 0, 0));
    return 0;
}
