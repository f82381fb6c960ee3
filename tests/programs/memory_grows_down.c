// SPDX-License-Identifier: 0BSD
// MAP_GROWSDOWN: memory that grows at a touch below it, as a stack does; how far, and what is in its way.
#include "memory_probe.h"

enum { GROWS_DOWN = 0x100, GAP = 256, NR_SETRLIMIT = 75, LIMIT_STACK = 3 };

static char *growing(char *at, unsigned pages) {
    return map(at, pages, READ | WRITE, PRIVATE | ANONYMOUS | GROWS_DOWN | NO_REPLACE);
}

static void grow(void) {
    char *area = room(2000) + 1900 * PAGE;
    char *top = growing(area, 2);
    printf("mapped: %d\n", top == area);
    top[0] = 'a', top[PAGE] = 'b';
    top[-1] = 'c';
    printf("one page below: %d, %d\n", is_mapped(top - PAGE), is_mapped(top - 2 * PAGE));
    top[-100 * (int)PAGE] = 'd';
    printf("a hundred pages below: %d, %d\n", is_mapped(top - 50 * PAGE), is_mapped(top - 101 * PAGE));
    printf("content: %c%c%c%c%d\n", top[-100 * (int)PAGE], top[-1], top[0], top[PAGE], top[-50 * (int)PAGE]);
    show("as one: remap", CALL(NR_MREMAP, P(top) - 100 * PAGE, 102 * PAGE, 101 * PAGE, 0));
    munmap(top - 100 * PAGE, 102 * PAGE);
    printf("a read below: %d, above: %d\n", dies_of(load, growing(area, 2) - PAGE), dies_of(load, area + 2 * PAGE));
    munmap(area, 2 * PAGE);
}

static void limits(void) {
    char *area = room(3000) + 2900 * PAGE;
    char *top = growing(area, 1);
    printf("as far as the limit: %d, further: %d\n", dies_of(store, top + PAGE - (8 << 20)),
           dies_of(store, top + PAGE - (8 << 20) - PAGE));
    unsigned few[2] = {64 * PAGE, 0xffffffff};
    show("a smaller limit", CALL(NR_SETRLIMIT, LIMIT_STACK, P(few)));
    printf("as far as that: %d, further: %d\n", dies_of(store, top + PAGE - 64 * PAGE),
           dies_of(store, top + PAGE - 65 * PAGE));
    unsigned odd[2] = {64 * PAGE + 100, 0xffffffff};
    CALL(NR_SETRLIMIT, LIMIT_STACK, P(odd));
    printf("a limit within a page: %d, %d\n", dies_of(store, top + PAGE - 64 * PAGE),
           dies_of(store, top + PAGE - 64 * PAGE - 1));
    unsigned much[2] = {8 << 20, 0xffffffff};
    CALL(NR_SETRLIMIT, LIMIT_STACK, P(much));
    munmap(area, PAGE);
}

static void obstacles(void) {
    char *area = room(2000) + 1000 * PAGE;
    char *top = growing(area, 1);
    char *below = map(area - 500 * PAGE, 1, READ, PRIVATE | ANONYMOUS | NO_REPLACE);
    char *next = below + PAGE;
    printf("the gap stays: %d, %d\n", dies_of(store, next + GAP * PAGE), dies_of(store, next + (GAP - 1) * PAGE));
    CALL(NR_MPROTECT, P(below), PAGE, 0);
    printf("not above what nobody may touch: %d\n", dies_of(store, next + (GAP - 1) * PAGE));
    printf("nor right above it: %d, in it: %d\n", dies_of(store, next), dies_of(store, below));
    munmap(below, PAGE);
    char *other = growing(area - 500 * PAGE, 1);
    printf("above another that grows: %d\n", dies_of(store, other + PAGE));
    CALL(NR_MPROTECT, P(top), PAGE, READ);
    printf("read-only, grown by a write: %d, by a read: %d\n", dies_of(store, top - PAGE), dies_of(load, top - PAGE));
    munmap(other, PAGE);
    munmap(top, PAGE);
}

static void place_of_others(void) {
    char *area = room(2000) + 1000 * PAGE;
    char *top = growing(area, 1);
    char *near = map(top - PAGE, 1, READ, PRIVATE | ANONYMOUS);
    printf("a hint in the gap is not followed: %d\n", near != top - PAGE);
    char *far = map(top - (GAP + 1) * PAGE, 1, READ, PRIVATE | ANONYMOUS);
    printf("one before it is: %d\n", far == top - (GAP + 1) * PAGE);
    char *fixed = map(top - PAGE, 1, READ, PRIVATE | ANONYMOUS | FIXED);
    printf("a fixed place is: %d\n", fixed == top - PAGE);
    char *filled = map(top - 2 * PAGE, 1, READ, PRIVATE | ANONYMOUS | NO_REPLACE);
    printf("no replace, too: %d\n", filled == top - 2 * PAGE);
}

static void split(void) {
    char *area = room(2000) + 1000 * PAGE;
    char *top = growing(area, 4);
    CALL(NR_MPROTECT, P(top) + PAGE, PAGE, READ);
    printf("the first part grows: %d\n", dies_of(store, top - PAGE));
    munmap(top, PAGE);
    printf("then the next: %d, %d\n", dies_of(store, top), dies_of(load, top));
    enum { DOWN = 0x01000000, UP = 0x02000000 };
    show("protect downwards", CALL(NR_MPROTECT, P(top) + 3 * PAGE, PAGE, READ | DOWN));
    printf("from its start: %d\n", dies_of(store, top + 2 * PAGE));
    show("protect upwards", CALL(NR_MPROTECT, P(top) + 3 * PAGE, PAGE, READ | UP));
    show("both", CALL(NR_MPROTECT, P(top) + 3 * PAGE, PAGE, READ | UP | DOWN));
    show("of what does not grow", CALL(NR_MPROTECT, P(fresh(2)), PAGE, READ | DOWN));
}

int main(void) {
    grow();
    limits();
    obstacles();
    place_of_others();
    split();
    return 0;
}
