// SPDX-License-Identifier: 0BSD
// What a handler finds in its frame, and what it may change there: registers, EIP, the mask, x87 and SSE.
#define _DEFAULT_SOURCE
#include "linux_signal_call.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static char *page;
static volatile int handled;
static unsigned skip;

static void show(const char *what, siginfo_t *info, unsigned *r) {
    printf("%s: signal %d code %d trapno %u err %u", what, info->si_signo, info->si_code, r[TRAPNO], r[ERR]);
    if (info->si_signo == SIGSEGV && r[TRAPNO] == 14)
        printf(" offset %d cr2 %d", (int)((char *)info->si_addr - page), (int)((char *)r[CR2] - page));
    printf("\n");
}

static void skip_it(int number, siginfo_t *info, void *context) {
    unsigned *r = registers_in(context);
    (void)number;
    show("skipped", info, r);
    if ((unsigned)info->si_addr != r[CR2] && r[TRAPNO] == 14)
        printf("si_addr is not cr2\n");
    r[EIP] += skip;
    r[EAX] = 4711;
    handled++;
}

static void allow(int number, siginfo_t *info, void *context) {
    (void)number;
    show("allowed", info, registers_in(context));
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    handled++;
}

static unsigned faulting_load(char *from) {
    unsigned value;
    skip = 2;
    __asm__ volatile("movl (%1), %0" : "=a"(value) : "c"(from));
    return value;
}

static void check_flags(int number, siginfo_t *info, void *context) {
    unsigned flags, *r = registers_in(context);
    __asm__ volatile("pushfl; popl %0" : "=r"(flags));
    printf("number %d as given %d, direction clear %d, carry kept %d\n", number == info->si_signo, number,
           (flags & 0x400) == 0, (int)(r[EFLAGS] & 1));
    printf("segments: ss is ds %d, esp twice %d\n", r[SS] == r[DS], r[ESP] == r[ESP_AT_SIGNAL]);
    r[EFLAGS] ^= 1;
    r[EBX] = 99;
}

static void use_floats(int number) {
    double zero = 0;
    (void)number;
    __asm__ volatile("fninit; fldz; fldz; fldz; fldl %0; fldpi" : : "m"(zero));
    __asm__ volatile("pxor %xmm0, %xmm0; pxor %xmm7, %xmm7");
    handled++;
}

static void floats_survive(void) {
    double kept[2] = {1.5, -2.25}, x87 = 0, sse[2] = {0, 0};
    act(SIGUSR1, use_floats, 0, 0);
    __asm__ volatile("fldl %0; fldl %1" : : "m"(kept[0]), "m"(kept[1]));
    __asm__ volatile("movsd %0, %%xmm0; movsd %1, %%xmm7" : : "m"(kept[0]), "m"(kept[1]));
    raw_call((const unsigned[7]){37, (unsigned)getpid(), SIGUSR1});
    __asm__ volatile("movsd %%xmm0, %0; movsd %%xmm7, %1" : "=m"(sse[0]), "=m"(sse[1]));
    __asm__ volatile("fstpl %0" : "=m"(x87));
    printf("x87 %d, sse %d %d\n", x87 == kept[1], sse[0] == kept[0], sse[1] == kept[1]);
    __asm__ volatile("fstpl %0" : "=m"(x87));
    printf("the one below %d\n", x87 == kept[0]);
}

static void steps(int number, siginfo_t *info, void *context) {
    unsigned *r = registers_in(context);
    handled++;
    if (handled == 4)
        r[EFLAGS] &= ~0x100u;
    if (info->si_code != 2 || r[TRAPNO] != 1 || (unsigned)info->si_addr != r[EIP])
        printf("step %d: code %d trapno %u\n", number, info->si_code, r[TRAPNO]);
}

int main(void) {
    page = mmap(NULL, 2 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    act(SIGSEGV, skip_it, SA_SIGINFO, 0);
    printf("load gave %u\n", faulting_load(page + 100));
    munmap(page + 4096, 4096);
    printf("load gave %u\n", faulting_load(page + 4096 + 7));
    skip = 1;
    unsigned value = 0;
    __asm__ volatile("hlt" : "=a"(value) : "a"(0));
    printf("hlt gave %u\n", value);
    act(SIGSEGV, allow, SA_SIGINFO, 0);
    page[8] = 5;
    printf("stored %d after %d handlers\n", page[8], handled);

    act(SIGUSR1, check_flags, SA_SIGINFO, 0);
    unsigned carry, ebx;
    __asm__ volatile("std; stc; int $0x80; sbbl %0, %0; cld"
                     : "=r"(carry), "=b"(ebx)
                     : "a"(37), "1"(getpid()), "c"(SIGUSR1), "0"(0)
                     : "memory");
    printf("carry %d, ebx %u\n", carry != 0, ebx);
    floats_survive();

    handled = 0;
    act(SIGTRAP, steps, SA_SIGINFO, 0);
    __asm__ volatile("pushfl; orl $0x100, (%esp); popfl; nop; nop; nop; nop; nop");
    printf("%d steps\n", handled);
    return 0;
}
