// SPDX-License-Identifier: 0BSD
// The signals that a program brings upon itself: their si_code and address, a fault within a handler, and one that is
// blocked.
#include "child_process.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

static sigjmp_buf back;
static char *pages;

static void tell(int number, siginfo_t *info, void *context) {
    ucontext_t *c = context;
    unsigned eip = (unsigned)c->uc_mcontext.gregs[REG_EIP];
    printf("signal %d, code %d, trap %d", number, info->si_code, c->uc_mcontext.gregs[REG_TRAPNO]);
    if (info->si_code == SI_USER)
        printf(", from me %d", info->si_pid == getpid());
    else if ((unsigned)info->si_addr == eip)
        printf(", at the instruction");
    else if ((char *)info->si_addr >= pages && (char *)info->si_addr < pages + 4 * 4096)
        printf(", at byte %d", (int)((char *)info->si_addr - pages));
    else
        printf(", address %d", (int)info->si_addr);
    printf("\n");
    siglongjmp(back, 1);
}

#define TRY(what)                                                                                                      \
    do {                                                                                                               \
        if (sigsetjmp(back, 1) == 0) {                                                                                 \
            what;                                                                                                      \
            printf("no signal\n");                                                                                     \
        }                                                                                                              \
    } while (0)

static volatile int zero;

static void each(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    TRY(pages[4096] = 1);                                            // read-only
    TRY((void)*(volatile char *)(pages + 2 * 4096 + 5));             // no rights
    TRY((void)*(volatile char *)(pages + 3 * 4096 + 9));             // no mapping
    TRY(__asm__ volatile("idivl %1" : : "a"(1), "r"(zero), "d"(0))); // by zero
    TRY(__asm__ volatile("idivl %1" : : "a"(0), "r"(1), "d"(5)));    // the quotient is too large
    TRY(__asm__ volatile("ud2"));
    TRY(__asm__ volatile("hlt"));
    TRY(__asm__ volatile("movw %w0, %%ds" : : "r"(0x50)));
    TRY(raise(SIGSEGV));
    printf("aligned: %d\n", (int)((unsigned)pages % 4096));
}

static void past_the_end(void) {
    int file = memfd_create("short", 0);
    ftruncate(file, 100);
    char *mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    pages = mapped;
    TRY(mapped[4095] = 1);
    TRY(mapped[4096] = 1);
    TRY((void)*(volatile char *)(mapped + 5000));
    munmap(mapped, 8192);
    close(file);
}

static volatile int depth;

static void fault_again(int number) {
    (void)number;
    depth++;
    if (depth == 3)
        siglongjmp(back, 1);
    *(volatile int *)16 = 1;
}

static void in_a_handler(void) {
    pid_t child = start_child();
    if (child == 0) {
        handle_with(SIGSEGV, fault_again, 0);
        *(volatile int *)16 = 1;
        end_child(0);
    }
    printf("a fault in its own handler: signal %d\n", WTERMSIG(end_of(child)));
    handle_with(SIGSEGV, fault_again, SA_NODEFER);
    if (sigsetjmp(back, 1) == 0)
        *(volatile int *)16 = 1;
    printf("with NODEFER it is handled, too: %d\n", depth);
    child = start_child();
    if (child == 0) {
        change_mask(SIG_BLOCK, SIGSEGV);
        handle_with(SIGSEGV, fault_again, 0);
        *(volatile int *)16 = 1;
        end_child(0);
    }
    printf("while it is blocked: signal %d\n", WTERMSIG(end_of(child)));
    child = start_child();
    if (child == 0) {
        signal(SIGFPE, SIG_IGN);
        __asm__ volatile("idivl %1" : : "a"(1), "r"(zero), "d"(0));
        end_child(0);
    }
    printf("ignored: signal %d\n", WTERMSIG(end_of(child)));
    change_mask(SIG_BLOCK, SIGSEGV);
    raise(SIGSEGV);
    printf("sent while it is blocked: pending %d\n", is_pending(SIGSEGV));
    signal(SIGSEGV, SIG_IGN);
    printf("ignored: pending %d\n", is_pending(SIGSEGV));
    change_mask(SIG_UNBLOCK, SIGSEGV);
}

int main(void) {
    pages = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + 4096, 4096, PROT_READ);
    mprotect(pages + 2 * 4096, 4096, PROT_NONE);
    munmap(pages + 3 * 4096, 4096);
    each();
    past_the_end();
    in_a_handler();
    return 0;
}
