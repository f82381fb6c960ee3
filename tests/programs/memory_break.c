// SPDX-License-Identifier: 0BSD
// brk: the heap's end, what is in its way, and what becomes of its memory.
#include "memory_probe.h"

enum { NR_BRK = 45 };

static char *move_break(const char *to) {
    return (char *)CALL(NR_BRK, P(to));
}

static void moving(char *start) {
    printf("two pages more: %d\n", move_break(start + 2 * PAGE) == start + 2 * PAGE);
    start[0] = 'a', start[PAGE] = 'b';
    printf("within a page: %d\n", move_break(start + PAGE + 5) == start + PAGE + 5);
    printf("keeps it: %c%c\n", start[0], start[PAGE]);
    printf("at its start: %d, mapped %d%d\n", move_break(start + PAGE) == start + PAGE, is_mapped(start),
           is_mapped(start + PAGE));
    move_break(start + 2 * PAGE);
    printf("fresh when it is back: %c%d\n", start[0], start[PAGE]);
    printf("below its start: %d\n", move_break(start - PAGE) == start + 2 * PAGE);
    printf("to 0: %d\n", move_break(NULL) == start + 2 * PAGE);
    printf("to the end of all: %d\n", move_break((char *)0xfffff000) == start + 2 * PAGE);
    printf("very far: %d\n", move_break((char *)0xffffffff) == start + 2 * PAGE);
}

static void obstacles(char *start) {
    char *end = move_break(start + 2 * PAGE);
    char *wall = map(start + 8 * PAGE, 1, READ, PRIVATE | ANONYMOUS | NO_REPLACE);
    printf("a wall: %d\n", wall == start + 8 * PAGE);
    printf("to the wall: %d\n", move_break(start + 8 * PAGE) == end);
    printf("to a page before it: %d\n", move_break(start + 7 * PAGE) == start + 7 * PAGE);
    printf("a byte more: %d\n", move_break(start + 7 * PAGE + 1) == start + 7 * PAGE);
    printf("beyond it: %d\n", move_break(start + 20 * PAGE) == start + 7 * PAGE);
    munmap(wall, PAGE);
    printf("without it: %d\n", move_break(start + 20 * PAGE) == start + 20 * PAGE);
    move_break(start);
}

static void pieces(char *start) {
    move_break(start + 6 * PAGE);
    for (unsigned i = 0; i < 6; i++)
        start[i * PAGE] = (char)('a' + i);
    munmap(start + 2 * PAGE, PAGE);
    printf("a hole does not move it: %d\n", move_break(NULL) == start + 6 * PAGE);
    printf("less: %d\n", move_break(start + PAGE) == start + PAGE);
    printf("left: %d%d%d%d\n", is_mapped(start), is_mapped(start + PAGE), is_mapped(start + 3 * PAGE),
           is_mapped(start + 5 * PAGE));
    move_break(start + 4 * PAGE);
    CALL(NR_MPROTECT, P(start), 4 * PAGE, READ);
    move_break(start + 5 * PAGE);
    show_access("protected", start + 3 * PAGE);
    show_access("what is added", start + 4 * PAGE);
    move_break(start);
}

static void children(char *start) {
    move_break(start + PAGE);
    start[0] = 'p';
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        printf("child: %d, %c\n", move_break(NULL) == start + PAGE, start[0]);
        start[0] = 'c';
        printf("more: %d\n", move_break(start + 3 * PAGE) == start + 3 * PAGE);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %d, %c, %d\n", move_break(NULL) == start + PAGE, start[0], is_mapped(start + PAGE));
}

int main(void) {
    printf("begin\n"); // whatever the library takes is taken
    char *start = (char *)(((unsigned)CALL(NR_BRK, 0) + PAGE - 1) & -PAGE);
    move_break(start);
    moving(start);
    obstacles(start);
    pieces(start);
    children(start);
    return 0;
}
