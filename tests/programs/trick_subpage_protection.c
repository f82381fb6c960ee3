// SPDX-License-Identifier: 0BSD
// Subpage protection: blocks of 64 bytes are protected, though the processor protects pages only.
//
// Protect the entire page, take the fault, and check whether the address is in a protected block. If so the user's
// function is called. In both cases the access then happens: the handler unprotects the page and sets TF, the trap
// flag, in the context, so that the processor stops behind this one instruction; the SIGTRAP handler protects the
// page again.
#include "fault_handling.h"
#include <unistd.h>

#define BLOCK 64
#define BLOCKS (PAGE / BLOCK)
#define TRAP_FLAG 0x100

static char *page;
static unsigned char is_protected[BLOCKS];
static unsigned calls, passes, steps;
static unsigned last_offset;

static void user_function(unsigned offset) {
    calls++;
    last_offset = offset;
}

static void check_block(int number, siginfo_t *info, void *context) {
    (void)number;
    page_number(page, 1, info);
    unsigned offset = (unsigned)((char *)info->si_addr - page);
    if (is_protected[offset / BLOCK] && was_write(context))
        user_function(offset);
    else
        passes++;
    protect_page(page, PROT_READ | PROT_WRITE);
    registers_of(context)[REG_EFL] |= TRAP_FLAG;
}

static void protect_again(int number, siginfo_t *info, void *context) {
    (void)number;
    steps++;
    if (info->si_code != TRAP_TRACE)
        printf("this is no single step\n");
    registers_of(context)[REG_EFL] &= ~TRAP_FLAG;
    protect_page(page, PROT_READ);
}

int main(void) {
    volatile char *bytes = page = map_pages(1, PROT_READ);
    unsigned wrong = 0;
    is_protected[3] = is_protected[40] = 1;
    handle(SIGSEGV, check_block);
    handle(SIGTRAP, protect_again);
    for (unsigned i = 0; i < PAGE; i += 16)
        bytes[i] = (char)(i / 16);
    for (unsigned i = 0; i < PAGE; i += 16)
        wrong += bytes[i] != (char)(i / 16);
    printf("stores %u, in protected blocks %u, in others %u\n", PAGE / 16, calls, passes);
    printf("wrong bytes %u, last call for offset %u\n", wrong, last_offset);
    bytes[3 * BLOCK - 1] = 1;
    bytes[4 * BLOCK] = 1;
    printf("beside the block: %u calls\n", calls);
    bytes[3 * BLOCK] = 1;
    bytes[4 * BLOCK - 1] = 1;
    printf("first and last byte: %u calls\n", calls);
    long long eight = 8; // CR2 is the address of the first byte: what begins before the block is not seen
    __asm__ volatile("fildll %0; fistpll (%1)" : : "m"(eight), "r"(page + 40 * BLOCK - 4) : "memory");
    printf("a store that begins before the block: %u calls\n", calls);
    __asm__ volatile("rep stosb" : : "D"(page + 100), "c"(50), "a"('z') : "memory");
    printf("after a string of 50: byte %c%c%c, one step for each repetition %d\n", bytes[100], bytes[149],
           bytes[150] == 0 ? '.' : '!', steps == faults_handled);
    tell_faults();
    return 0;
}
