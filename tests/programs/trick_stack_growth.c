// SPDX-License-Identifier: 0BSD
// A stack that grows by the program's own handler, and that ends at a guard page.
//
// 32 pages are reserved without rights, and a function runs on them. A push onto a page that is not there faults; the
// handler, on a stack of its own (sigaltstack), since there is no room on the one that faulted, makes the page. The
// lowest page is the guard: a fault there is an overflow, and the handler leaves by siglongjmp.
#include "fault_handling.h"
#include <setjmp.h>

#define PAGES 32

static char *stack;
static unsigned pages_made, overflows, depth_reached;
static sigjmp_buf after_overflow;

static void grow(int number, siginfo_t *info, void *context) {
    (void)number;
    unsigned page = page_number(stack, PAGES, info);
    char here;
    if (&here >= stack && &here < stack + PAGES * PAGE)
        printf("the handler runs on the stack that it is to make\n");
    if ((char *)registers_of(context)[REG_ESP] < stack || (char *)registers_of(context)[REG_ESP] > stack + PAGES * PAGE)
        printf("another stack has faulted\n");
    if (page == 0) {
        overflows++;
        siglongjmp(after_overflow, 1);
    }
    protect_page(stack + page * PAGE, PROT_READ | PROT_WRITE);
    pages_made++;
}

void call_on_stack(void (*function)(unsigned), unsigned argument, char *top);

__asm__(".text\n"
        "call_on_stack:\n"
        "    pushl %ebp\n"
        "    movl %esp, %ebp\n"
        "    movl 16(%ebp), %esp\n"
        "    subl $12, %esp\n"
        "    pushl 12(%ebp)\n"
        "    call *8(%ebp)\n"
        "    movl %ebp, %esp\n"
        "    popl %ebp\n"
        "    ret\n");

static unsigned descend(unsigned depth);
static unsigned (*volatile call_again)(unsigned) = descend; // so that it is no loop to the compiler

static unsigned descend(unsigned depth) {
    volatile unsigned char frame[1000];
    frame[depth % sizeof frame] = (unsigned char)depth;
    depth_reached++;
    return depth == 0 ? 0 : call_again(depth - 1) + frame[depth % sizeof frame] % 2u;
}

static void run(unsigned depth) {
    depth_reached = 0;
    unsigned odd = descend(depth);
    printf("depth %u: odd ones %u\n", depth, odd);
}

int main(void) {
    static char own_stack[4 * SIGSTKSZ];
    const stack_t handlers = {.ss_sp = own_stack, .ss_size = sizeof own_stack};
    struct sigaction action = {.sa_sigaction = grow, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaltstack(&handlers, NULL);
    sigaction(SIGSEGV, &action, NULL);
    stack = map_pages(PAGES, PROT_NONE);
    char *top = stack + PAGES * PAGE;
    call_on_stack(run, 0, top);
    unsigned first = pages_made;
    call_on_stack(run, 20, top);
    unsigned second = pages_made;
    call_on_stack(run, 20, top); // all of it is there
    unsigned more = second - first;
    printf("grew: first %u, then %d, then %u\n", first, more >= 4 && more <= 8, pages_made - second);
    for (int round = 0; round < 2; round++)
        if (sigsetjmp(after_overflow, 1) == 0)
            call_on_stack(run, 1000000, top);
        else
            printf("overflow: all pages but the guard are there %d, it was deep %d\n", pages_made == PAGES - 1,
                   depth_reached > 80 && depth_reached < 128);
    call_on_stack(run, 10, top);
    printf("overflows %u\n", overflows);
    tell_faults();
    return 0;
}
