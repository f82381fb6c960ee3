// SPDX-License-Identifier: 0BSD
// Where mmap puts what it is told the place of: hints, MAP_FIXED, MAP_FIXED_NOREPLACE, and the ends of the address space.
#include "memory_probe.h"

static void hints(void) {
    char *place = room(8);
    char *mapped = map(place + 5, 2, READ, PRIVATE | ANONYMOUS);
    printf("a hint within a page: %d\n", mapped == place);
    char *other = map(place, 2, READ, PRIVATE | ANONYMOUS);
    printf("a hint that is taken: %d\n", other != place && is_mapped(other));
    char *low = map((char *)PAGE, 1, READ, PRIVATE | ANONYMOUS);
    printf("a low hint: %d\n", P(low) >= 0x10000);
    char *partly = map(place - PAGE, 2, READ, PRIVATE | ANONYMOUS);
    printf("a hint that is taken in part: %d\n", partly != place - PAGE);
    char *below = map(place - PAGE, 1, READ, PRIVATE | ANONYMOUS);
    printf("a hint that just fits: %d\n", below == place - PAGE);
    munmap(place - PAGE, 3 * PAGE);
}

static void replaced(void) {
    char *memory = fresh(6);
    for (int i = 0; i < 6; i++)
        memory[i * PAGE] = (char)('a' + i);
    char *fixed = map(memory + 2 * PAGE, 2, READ | WRITE, PRIVATE | ANONYMOUS | FIXED);
    printf("fixed: %d, %c%c%d%d%c%c\n", fixed == memory + 2 * PAGE, memory[0], memory[PAGE], memory[2 * PAGE],
           memory[3 * PAGE], memory[4 * PAGE], memory[5 * PAGE]);
    show("no replace, taken", P(map(memory + PAGE, 1, READ, PRIVATE | ANONYMOUS | NO_REPLACE)));
    show("no replace, taken in part", P(map(memory + 5 * PAGE, 2, READ, PRIVATE | ANONYMOUS | NO_REPLACE)));
    show("no replace, with fixed", P(map(memory + PAGE, 1, READ, PRIVATE | ANONYMOUS | NO_REPLACE | FIXED)));
    munmap(memory + PAGE, 2 * PAGE);
    char *filled = map(memory + PAGE, 2, READ | WRITE, PRIVATE | ANONYMOUS | NO_REPLACE);
    printf("no replace, free: %d, %c%d%d%d\n", filled == memory + PAGE, memory[0], memory[PAGE], memory[2 * PAGE],
           memory[3 * PAGE]);
    show("a failed one", P(map(memory, 2, READ, FIXED | ANONYMOUS)));
    printf("leaves what was there: %c\n", memory[0]);
    show("fixed, without access", P(map(memory, 1, 0, PRIVATE | ANONYMOUS | FIXED)));
    show_access("no access", memory);
    show_access("beside it", memory + PAGE);
}

static void odd_places(void) {
    char *place = room(4);
    show("fixed within a page", P(map(place + 1, 1, READ, PRIVATE | ANONYMOUS | FIXED)));
    show("no replace within a page", P(map(place + 1, 1, READ, PRIVATE | ANONYMOUS | NO_REPLACE)));
    show("fixed at the very end", P(map((char *)0xfffff000, 1, READ, PRIVATE | ANONYMOUS | FIXED)));
    show("fixed beyond the end", P(map((char *)0xfffff000, 2, READ, PRIVATE | ANONYMOUS | FIXED)));
    show("fixed beyond the end, within a page", P(map((char *)0xfffff001, 2, READ, PRIVATE | ANONYMOUS | FIXED)));
    show("no length", P(map(place, 0, READ, PRIVATE | ANONYMOUS | FIXED)));
    show("too long", CALL(NR_MMAP2, 0, 0xffffffff, READ, PRIVATE | ANONYMOUS, ~0u, 0));
    show("too long to be had", CALL(NR_MMAP2, 0, 0xfff00000, READ, PRIVATE | ANONYMOUS, ~0u, 0));
    show("too long, fixed", CALL(NR_MMAP2, P(place), 0xfff00000, READ, PRIVATE | ANONYMOUS | FIXED, ~0u, 0));
    show("fixed at 0", P(map(NULL, 1, READ, PRIVATE | ANONYMOUS | FIXED)));
    show("fixed at page 15", P(map((char *)0xf000, 1, READ, PRIVATE | ANONYMOUS | FIXED)));
    show("unmap nothing", munmap(place, PAGE));
    show("unmap no length", CALL(91, P(place), 0));
    show("unmap within a page", CALL(91, P(place) + 1, PAGE));
    show("unmap too much", CALL(91, P(place), 0xfffff000));
    show("unmap the end", CALL(91, 0xfffff000, PAGE));
    show("unmap a part of a page", CALL(91, P(place), 1));
}

static void holes(void) {
    char *memory = fresh(5);
    for (int i = 0; i < 5; i++)
        memory[i * PAGE] = (char)('0' + i);
    munmap(memory + PAGE, 1);
    munmap(memory + 3 * PAGE, PAGE);
    for (int i = 0; i < 5; i++)
        printf("page %d: %d\n", i, is_mapped(memory + i * PAGE));
    show("unmap over holes", munmap(memory, 5 * PAGE));
    printf("left: %d\n", is_mapped(memory + 4 * PAGE));
}

int main(void) {
    hints();
    replaced();
    odd_places();
    holes();
    return 0;
}
