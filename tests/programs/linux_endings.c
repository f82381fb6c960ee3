// SPDX-License-Identifier: 0BSD
// Ends in the way that its argument names: by a trap of the processor, by a fault, by a signal or by exit.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux_raw_call.h"

static volatile int zero;
static const char text[] = "read only";

static void exit_300(void) { CALL(1, 300); }
static void exit_group_minus_1(void) { CALL(252, 0xffffffff); }
static void read_null(void) { printf("%d\n", *(volatile int *)16); }
static void write_null(void) { *(volatile int *)0 = 1; }
static void write_constant(void) { *(volatile char *)text = 'x'; }
static void write_code(void) { *(volatile char *)&read_null = 'x'; }
static void read_far(void) { printf("%d\n", *(volatile int *)0x60000000); }
static void jump_to_null(void) { ((void (*)(void))zero)(); }
static void divide_by_zero(void) { printf("%d\n", 7 / zero); }
static void divide_overflow(void) { __asm__ volatile("movl $1, %%edx; xorl %%eax, %%eax; movl $1, %%ecx; divl %%ecx" ::: "eax", "ecx", "edx"); }
static void undefined_instruction(void) { __asm__ volatile("ud2"); }
static void halt(void) { __asm__ volatile("hlt"); }
static void in_port(void) { __asm__ volatile("inb $0x80, %%al" ::: "eax"); }
static void out_port(void) { __asm__ volatile("outb %%al, $0x80" ::); }
static void clear_interrupts(void) { __asm__ volatile("cli"); }
static void load_cr3(void) { __asm__ volatile("movl %%cr3, %%eax" ::: "eax"); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static void overflow_trap(void) { __asm__ volatile("movb $127, %%al; addb $1, %%al; into" ::: "eax"); }
static void bound_trap(void) {
    static const int limits[2] = {1, 2};
    __asm__ volatile("bound %0, %1" ::"r"(5), "m"(limits));
}
static void interrupt_14(void) { __asm__ volatile("int $14"); }
static void interrupt_0x20(void) { __asm__ volatile("int $0x20"); }
static void bad_segment(void) { __asm__ volatile("movw %w0, %%fs" ::"r"(0x43)); }
static void single_step(void) { __asm__ volatile("pushf; orl $0x100, (%%esp); popf; nop; nop" :::); }
static void x87_error(void) { __asm__ volatile("pushl $0x340; fldcw (%%esp); fld1; fldz; fdivrp; fwait; popl %%eax" ::: "eax"); }
static void past_the_file(void) {
    int fd = CALL(5, P("short file"), 0102, 0600);
    CALL(4, (unsigned)fd, P("12345"), 5);
    const volatile char *at = (const volatile char *)CALL(192, 0x20000000, 8192, 1, 2, (unsigned)fd, 0);
    printf("%c%d\n", at[4], at[4095]);
    fflush(stdout);
    printf("%d\n", at[4096]);
}
static int recurse(int depth) {
    volatile char frame[1024];
    frame[0] = (char)depth;
    return recurse(depth + 1) + frame[0];
}
static void endless_recursion(void) { printf("%d\n", recurse(zero)); }
static void raise_abort(void) {
    unsigned self = (unsigned)CALL(20);
    CALL(270, self, self, 6);
}
static void blocked_term(void) {
    unsigned set[2] = {0xffffffff, 0xffffffff};
    CALL(175, 2, P(set), 0, 8);
    CALL(37, (unsigned)CALL(20), 15);
    write(1, "waiting\n", 8);
    set[0] = set[1] = 0;
    CALL(175, 2, P(set), 0, 8);
    write(1, "not reached\n", 12);
}

static const struct {
    const char *name;
    void (*end)(void);
} ENDINGS[] = {
    {"exit_300", exit_300},
    {"exit_group_minus_1", exit_group_minus_1},
    {"read_null", read_null},
    {"write_null", write_null},
    {"write_constant", write_constant},
    {"write_code", write_code},
    {"read_far", read_far},
    {"jump_to_null", jump_to_null},
    {"divide_by_zero", divide_by_zero},
    {"divide_overflow", divide_overflow},
    {"undefined_instruction", undefined_instruction},
    {"halt", halt},
    {"in_port", in_port},
    {"out_port", out_port},
    {"clear_interrupts", clear_interrupts},
    {"load_cr3", load_cr3},
    {"breakpoint", breakpoint},
    {"overflow_trap", overflow_trap},
    {"bound_trap", bound_trap},
    {"interrupt_14", interrupt_14},
    {"interrupt_0x20", interrupt_0x20},
    {"bad_segment", bad_segment},
    {"single_step", single_step},
    {"x87_error", x87_error},
    {"past_the_file", past_the_file},
    {"endless_recursion", endless_recursion},
    {"raise_abort", raise_abort},
    {"blocked_term", blocked_term},
};

int main(int argc, char **argv) {
    for (unsigned i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        if (argc == 1)
            puts(ENDINGS[i].name);
        else if (strcmp(argv[1], ENDINGS[i].name) == 0)
            ENDINGS[i].end();
    }
    return 0;
}
