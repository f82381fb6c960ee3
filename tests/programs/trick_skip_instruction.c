// SPDX-License-Identifier: 0BSD
// A program that ignores its segmentation violations: the handler goes on behind the faulting instruction, since a
// retry would fault again. It decodes the instruction at EIP, and adds its length to EIP in the context that it
// returns to. A store is lost; a load gives what the program asked for, here 4711, in place of what is not there.
#include "decode_move.h"
#include "fault_handling.h"
#include <unistd.h>

static char *nothing;
static unsigned loads, stores, bytes_skipped;

static void skip_instruction(int number, siginfo_t *info, void *context) {
    (void)number;
    int *registers = registers_of(context);
    page_number(nothing, 2, info);
    struct move move = decode_move((const unsigned char *)registers[REG_EIP]);
    if (move.length == 0 || move.is_store != was_write(context)) {
        printf("an instruction that is no such move\n");
        _exit(1);
    }
    if (move.is_store)
        stores++;
    else
        load_value(registers, &move, 4711);
    loads += !move.is_store;
    bytes_skipped += move.length;
    registers[REG_EIP] += (int)move.length;
}

/// Each way to write a move that the decoder knows, with the length that the assembler gave it.
static void moves_in_assembly(void) {
    unsigned value = 0, skipped = bytes_skipped;
    __asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(nothing));
    printf("movl: %u, %u bytes\n", value, bytes_skipped - skipped);
    skipped = bytes_skipped;
    __asm__ volatile("movl 8(%1,%2,4), %0" : "=r"(value) : "r"(nothing), "r"(3));
    printf("movl with an index: %u, %u bytes\n", value, bytes_skipped - skipped);
    skipped = bytes_skipped;
    __asm__ volatile("movl $-1, %%edx; movb 300(%1), %%dh; movl %%edx, %0" : "=r"(value) : "r"(nothing) : "edx");
    printf("movb to DH: %x, %u bytes\n", value, bytes_skipped - skipped);
    skipped = bytes_skipped;
    __asm__ volatile("movsbl (%1), %0" : "=r"(value) : "r"(nothing));
    printf("movsbl: %d, %u bytes\n", (int)value, bytes_skipped - skipped);
    skipped = bytes_skipped;
    __asm__ volatile("movzwl (%1), %0" : "=r"(value) : "r"(nothing));
    printf("movzwl: %u, %u bytes\n", value, bytes_skipped - skipped);
    skipped = bytes_skipped;
    __asm__ volatile("movw $7, 4(%0)" : : "r"(nothing));
    printf("movw of a constant: %u bytes\n", bytes_skipped - skipped);
    skipped = bytes_skipped;
    __asm__ volatile("movb %%cl, (%0)" : : "r"(nothing));
    printf("movb: %u bytes\n", bytes_skipped - skipped);
}

// A function of its own for each access, so that the compiler makes a move of it and no part of another instruction.
__attribute__((noinline)) static int load(const volatile int *from) {
    return *from;
}

__attribute__((noinline)) static int load_char(const volatile signed char *from) {
    return *from;
}

__attribute__((noinline)) static void store(volatile int *to, int value) {
    *to = value;
}

int main(void) {
    nothing = map_pages(2, PROT_NONE);
    handle(SIGSEGV, skip_instruction);
    moves_in_assembly();
    for (int i = 0; i < 10; i++)
        store((int *)nothing + i, i);
    printf("from C: %d %d\n", load((int *)nothing), load_char((signed char *)nothing + PAGE));
    printf("loads %u, stores %u\n", loads, stores);
    tell_faults();
    return 0;
}
