// SPDX-License-Identifier: GPL-2.0-only
// Calls by chance, with arguments that are often wrong: seed, number of calls.
#include <pintos.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned int seed;
static char memory[65536];

static unsigned int chance(unsigned int below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static unsigned int pointer(void) {
    switch (chance(60)) {
    case 0:
        return 0;
    case 1:
        return 0xc0000000u - chance(64);
    case 2:
        return 0xffffffffu - chance(64);
    case 3:
        return 0x08048000u + chance(0x3000);
    case 4:
        return chance(1u << 20) << 12;
    case 5:
    case 6:
    case 7:
        return 0x10000000u + chance(0x8000);
    default:
        return (unsigned int)(uintptr_t)(memory + chance(60000));
    }
}

static unsigned int number(void) {
    static const unsigned int odd[] = {0xffffffff, 0x7fffffff, 0x80000000, 4096, 4097, 0x8048, 0xc0000};
    switch (chance(4)) {
    case 0:
        return odd[chance(sizeof odd / sizeof odd[0])];
    case 1:
        return chance(5000);
    default:
        return chance(12);
    }
}

static unsigned int name(void) {
    static const char *const names[] = {"a",  "b", "text",         "pages", "sub",  "sub/x", "..",
                                        "/",  "",  "random_calls", "none",  "random_calls 77 40"};
    if (chance(40) == 0)
        return pointer();
    return (unsigned int)(uintptr_t)strcpy(memory, names[chance(sizeof names / sizeof names[0])]);
}

// EXIT and HALT are rare, and only who has much to do starts others.
static unsigned int choose_call(int calls) {
    unsigned int call = chance(20);
    if (call <= 1)
        return chance(40) == 0 ? call : 13;
    return call == 2 && calls < 100 ? 14 : call;
}

static void make(unsigned int call) {
    unsigned int words[4] = {call, number(), pointer(), number()};
    switch (call) {
    case 2:
    case 4:
    case 5:
    case 6:
    case 15:
    case 16:
        words[1] = name();
        words[2] = number() % 100000;
        break;
    case 9:
        words[3] %= 200;
        break;
    case 8:
        words[1] = 2 + chance(8);
        break;
    case 13:
        words[2] = chance(10) == 0 ? pointer() : 0x10000000u + chance(16) * 4096;
        break;
    case 14:
        words[1] = chance(2) == 0 ? 0x10000 + chance(16) : number();
        break;
    default:
        break;
    }
    __asm__ volatile("movl %%esp, %%ebx\n\t"
                     "movl %0, %%esp\n\t"
                     "int $0x30\n\t"
                     "movl %%ebx, %%esp"
                     :
                     : "r"(words)
                     : "eax", "ebx", "memory");
}

int main(int argc, char **argv) {
    seed = argc > 1 ? (unsigned int)atoi(argv[1]) * 2654435761u : 0;
    int calls = argc > 2 ? atoi(argv[2]) : 200;
    for (int i = 0; i < calls; i++)
        make(choose_call(calls));
    return 0;
}
