// SPDX-License-Identifier: GPL-2.0-only
// The stack and how far it grows, one case by its name.
#include <pintos.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u

static uintptr_t stack_pointer(void) {
    uintptr_t esp;
    __asm__("movl %%esp, %0" : "=r"(esp));
    return esp;
}

// Moves ESP to the start of a page that nobody has touched, and touches memory that many bytes below.
static void touch_below(unsigned int bytes) {
    uintptr_t start = (stack_pointer() & ~(PAGE - 1)) - 4 * PAGE;
    __asm__ volatile("movl %%esp, %%esi\n\t"
                     "movl %0, %%esp\n\t"
                     "movb $1, (%1)\n\t"
                     "movl %%esi, %%esp"
                     :
                     : "r"(start), "r"(start - bytes)
                     : "esi", "memory");
}

static unsigned int sum_of_local(unsigned int bytes) {
    volatile char *local = __builtin_alloca(bytes);
    unsigned int sum = 0;
    for (unsigned int at = 0; at < bytes; at += PAGE / 2) {
        local[at] = (char)at;
        sum += local[at] == (char)at;
    }
    return sum;
}

static void push_all(void) {
    uintptr_t start = (stack_pointer() & ~(PAGE - 1)) - 4 * PAGE;
    __asm__ volatile("movl %%esp, %%esi\n\t"
                     "movl %0, %%esp\n\t"
                     "pusha\n\t"
                     "popa\n\t"
                     "movl %%esi, %%esp"
                     :
                     : "r"(start)
                     : "esi", "memory");
}

// The kernel is the first to touch the middle of a large local array.
static int read_into_local(void) {
    char local[16 * PAGE];
    int fd = open("text");
    return read(fd, local + 8 * PAGE, 4);
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "local") == 0)
        printf("%u\n", sum_of_local(64 * PAGE));
    if (strcmp(name, "pusha") == 0)
        push_all();
    if (strcmp(name, "below-32") == 0)
        touch_below(32);
    if (strcmp(name, "below-33") == 0)
        touch_below(33);
    if (strcmp(name, "below-page") == 0)
        touch_below(PAGE);
    if (strcmp(name, "read") == 0)
        printf("%d\n", read_into_local());
    if (strcmp(name, "read-below") == 0)
        read(open("text"), (void *)(stack_pointer() - 8 * PAGE), 4);
    if (strcmp(name, "seven-megabytes") == 0)
        printf("%u\n", sum_of_local(7u << 20));
    if (strcmp(name, "nine-megabytes") == 0)
        printf("%u\n", sum_of_local(9u << 20));
    printf("came back\n");
    return 0;
}
