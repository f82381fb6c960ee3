// SPDX-License-Identifier: 0BSD
// sigaltstack: handlers on a stack of their own, one in another on the same, what the stack says meanwhile, and its
// end.
#include "child_process.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#define SIZE (2 * SIGSTKSZ)

static char *area;
static volatile int depth;

static int is_on(const void *address) {
    return (const char *)address >= area && (const char *)address < area + SIZE;
}

static void tell(const char *what) {
    char here;
    stack_t now;
    sigaltstack(NULL, &now);
    printf("%s: on the stack %d, flags %d\n", what, is_on(&here), now.ss_flags);
}

static void inner(int number) {
    (void)number;
    tell("in a second handler");
}

static void outer(int number, siginfo_t *info, void *context) {
    ucontext_t *c = context;
    stack_t off = {.ss_flags = SS_DISABLE};
    (void)info;
    printf("signal %d: the context's stack %d, flags %d\n", number, c->uc_stack.ss_sp == area, c->uc_stack.ss_flags);
    tell("in a handler");
    printf("taken away meanwhile: %d\n", result_of(sigaltstack(&off, NULL)));
    raise(SIGUSR2); // it begins below, on the same stack
    tell("afterwards");
}

static void not_on(int number) {
    (void)number;
    tell("without the flag");
}

static sigjmp_buf out;

static void leave(int number) {
    (void)number;
    depth++;
    siglongjmp(out, 1);
}

static void set_action(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags};
    sigaction(number, &action, NULL);
}

static void stack_overflow(int number, siginfo_t *info, void *context) {
    (void)info, (void)context;
    printf("overflow: signal %d on its own stack %d\n", number, is_on(&number));
    fflush(stdout);
    _exit(0);
}

static int (*volatile again)(int);

static int recurse(int level) {
    volatile char frame[4000];
    frame[level % 4000] = 1;
    return again(level + 1) + frame[0];
}

static void sizes(void) {
    stack_t small = {.ss_sp = area, .ss_size = MINSIGSTKSZ - 1}, odd = {.ss_sp = area, .ss_size = SIZE, .ss_flags = 4};
    stack_t off = {.ss_flags = SS_DISABLE}, now;
    printf("too small: %d, unknown flag: %d\n", result_of(sigaltstack(&small, NULL)),
           result_of(sigaltstack(&odd, NULL)));
    printf("bad addresses: %d %d\n", result_of(sigaltstack((stack_t *)16, NULL)),
           result_of(sigaltstack(NULL, (stack_t *)16)));
    sigaltstack(NULL, &now);
    printf("none at first: %d %d\n", now.ss_flags, (int)now.ss_size);
    stack_t on = {.ss_sp = area, .ss_size = SIZE};
    sigaltstack(&on, &now);
    printf("set, before: %d\n", now.ss_flags);
    sigaltstack(&off, &now);
    printf("taken away, before: %d %d %d\n", now.ss_flags, now.ss_sp == area, now.ss_size == SIZE);
    sigaltstack(&on, NULL);
}

int main(void) {
    area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sizes();
    tell("outside");
    set_action(SIGUSR1, outer, SA_SIGINFO | SA_ONSTACK);
    handle_with(SIGUSR2, inner, SA_ONSTACK);
    raise(SIGUSR1);
    handle_with(SIGUSR1, not_on, 0);
    raise(SIGUSR1);
    handle_with(SIGUSR1, leave, SA_ONSTACK);
    for (volatile int i = 0; i < 3; i++)
        if (sigsetjmp(out, 1) == 0)
            raise(SIGUSR1);
    tell("left by a jump three times");
    printf("handlers %d\n", depth);
    pid_t child = start_child();
    if (child == 0) {
        set_action(SIGSEGV, stack_overflow, SA_SIGINFO | SA_ONSTACK);
        again = recurse;
        recurse(0);
    }
    printf("status %x\n", (unsigned)end_of(child));
    child = start_child();
    if (child == 0) {
        set_action(SIGSEGV, stack_overflow, SA_SIGINFO);
        again = recurse;
        recurse(0); // there is no room to tell of it
    }
    printf("without a stack: signal %d\n", WTERMSIG(end_of(child)));
    return 0;
}
