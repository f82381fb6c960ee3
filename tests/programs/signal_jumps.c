// SPDX-License-Identifier: 0BSD
// Leaving handlers by a jump: what the mask is afterwards with sigsetjmp and without, and registers that must survive.
#include "child_process.h"
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf place;
static jmp_buf plain;

static void jump_with_mask(int number) {
    siglongjmp(place, number);
}

static void jump_plain(int number) {
    longjmp(plain, number);
}

static void mask_after(const char *what, int with_mask) {
    volatile int rounds = 0;
    handle_with(SIGUSR1, jump_with_mask, 0);
    int value = sigsetjmp(place, with_mask);
    printf("%s: value %d, blocked %d\n", what, value, is_blocked(SIGUSR1));
    if (++rounds < 3 && !is_blocked(SIGUSR1))
        raise(SIGUSR1);
    change_mask(SIG_UNBLOCK, SIGUSR1);
}

static void plain_jump(void) {
    handle_with(SIGUSR2, jump_plain, 0);
    int value = setjmp(plain);
    printf("longjmp: value %d, blocked %d\n", value, is_blocked(SIGUSR2));
    if (value == 0)
        raise(SIGUSR2);
    change_mask(SIG_UNBLOCK, SIGUSR2);
}

static int probe(volatile char *address) {
    if (sigsetjmp(place, 1) != 0)
        return -1;
    return *address;
}

/// The use that programs make of it: is this address good?
static void probes(void) {
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle_with(SIGSEGV, jump_with_mask, 0);
    pages[0] = 1;
    pages[2 * 4096] = 3;
    munmap(pages + 4096, 4096);
    printf("probes: %d %d %d %d\n", probe(pages), probe(pages + 4096), probe(pages + 2 * 4096), probe(NULL));
    int good = 0;
    for (int i = 0; i < 100; i++)
        good += probe(pages + i % 3 * 4096) >= 0;
    printf("good ones of 100: %d\n", good);
    signal(SIGSEGV, SIG_DFL);
}

static int deep(int level) {
    if (level == 0)
        raise(SIGUSR1);
    return level + deep(level - 1);
}

static void from_the_deep(void) {
    int kept[4] = {1, 2, 3, 4};
    volatile int after = 0;
    handle_with(SIGUSR1, jump_with_mask, 0);
    if (sigsetjmp(place, 1) == 0)
        deep(500);
    else
        after = kept[0] + kept[1] + kept[2] + kept[3];
    printf("from the deep: %d\n", after);
}

static void values(void) {
    volatile int round = 0;
    int value = setjmp(plain);
    printf("value %d\n", value);
    if (round++ == 0)
        longjmp(plain, 0); // never zero
    if (round == 2) {
        round++;
        longjmp(plain, -7);
    }
}

static volatile int inside;

static void jump_from_inner(int number) {
    (void)number;
    siglongjmp(place, 5);
}

static void outer(int number) {
    (void)number;
    inside = 1;
    raise(SIGUSR2);
    inside = 2;
}

static void out_of_two(void) {
    handle_with(SIGUSR1, outer, 0);
    handle_with(SIGUSR2, jump_from_inner, 0);
    int value = sigsetjmp(place, 1);
    if (value == 0)
        raise(SIGUSR1);
    printf("out of two handlers: %d, the first was left %d, blocked %d %d\n", value, inside == 1, is_blocked(SIGUSR1),
           is_blocked(SIGUSR2));
}

int main(void) {
    mask_after("with the mask", 1);
    mask_after("without", 0);
    plain_jump();
    probes();
    from_the_deep();
    values();
    out_of_two();
    return 0;
}
