// SPDX-License-Identifier: 0BSD
// mremap by its rules: fixed places, memory that stays mapped behind what moved, duplicates, and which mistakes are told.
#include <fcntl.h>

#include "memory_probe.h"

enum { MAY_MOVE = 1, TO = 2, KEEP = 4 };

static int remap(const void *old, unsigned old_length, unsigned length, unsigned flags, const void *to) {
    return CALL(NR_MREMAP, P(old), old_length, length, flags, P(to));
}

static char *letters(unsigned pages) {
    char *memory = fresh(pages);
    for (unsigned i = 0; i < pages; i++)
        memory[i * PAGE] = (char)('a' + i);
    return memory;
}

static void mistakes(void) {
    char *memory = letters(4), *place = room(8);
    show("flags", remap(memory, PAGE, PAGE, 8, NULL));
    show("fixed alone", remap(memory, PAGE, PAGE, TO, place));
    show("keeping alone", remap(memory, PAGE, PAGE, KEEP, NULL));
    show("keeping, other lengths", remap(memory, PAGE, 2 * PAGE, KEEP | MAY_MOVE, NULL));
    show("within a page", remap(memory + 1, PAGE, PAGE, 0, NULL));
    show("to within a page", remap(memory, PAGE, PAGE, TO | MAY_MOVE, place + 1));
    show("no new length", remap(memory, PAGE, 0, MAY_MOVE, NULL));
    show("no old length, private", remap(memory, 0, PAGE, MAY_MOVE, NULL));
    show("overlapping", remap(memory, 2 * PAGE, 2 * PAGE, TO | MAY_MOVE, memory + PAGE));
    show("overlapping by growth", remap(memory + 2 * PAGE, PAGE, 3 * PAGE, TO | MAY_MOVE, memory));
    show("to beyond the end", remap(memory, PAGE, PAGE, TO | MAY_MOVE, (char *)0xfffff000));
    show("an old length past the mapping", remap(memory + 3 * PAGE, 2 * PAGE, 3 * PAGE, MAY_MOVE, NULL));
    show("nothing there", remap(place, PAGE, 2 * PAGE, MAY_MOVE, NULL));
    show("nothing there, the same length", remap(place, PAGE, PAGE, 0, NULL));
    show("nothing there, shorter", remap(place, 2 * PAGE, PAGE, 0, NULL));
    show("far away", remap((char *)0xfffff000, PAGE, PAGE, 0, NULL));
    printf("all is left: %c%c%c%c\n", memory[0], memory[PAGE], memory[2 * PAGE], memory[3 * PAGE]);
    CALL(NR_MPROTECT, P(memory) + PAGE, PAGE, READ);
    show("over two mappings, longer", remap(memory, 4 * PAGE, 5 * PAGE, MAY_MOVE, NULL));
    show("over two mappings, shorter", remap(memory, 4 * PAGE, PAGE, MAY_MOVE, NULL));
    printf("is cut: %d%d\n", is_mapped(memory), is_mapped(memory + PAGE));
}

static void fixed(void) {
    char *memory = letters(4), *place = room(8);
    show("to a free place", remap(memory, 4 * PAGE, 4 * PAGE, TO | MAY_MOVE, place) == (int)P(place));
    printf("moved: %c%c%c%c, old %d\n", place[0], place[PAGE], place[2 * PAGE], place[3 * PAGE], is_mapped(memory));
    char *other = letters(4);
    show("over others", remap(place + PAGE, 2 * PAGE, 2 * PAGE, TO | MAY_MOVE, other) == (int)P(other));
    printf("others: %c%c%c%c, left %d%d%d%d\n", other[0], other[PAGE], other[2 * PAGE], other[3 * PAGE],
           is_mapped(place), is_mapped(place + PAGE), is_mapped(place + 2 * PAGE), is_mapped(place + 3 * PAGE));
    show("longer", remap(other, PAGE, 3 * PAGE, TO | MAY_MOVE, place + PAGE) == (int)(P(place) + PAGE));
    printf("grown: %c%d%d, others %d%c\n", place[PAGE], place[2 * PAGE], place[3 * PAGE], is_mapped(other),
           other[PAGE]);
    show("shorter", remap(place, 4 * PAGE, 2 * PAGE, TO | MAY_MOVE, other + 2 * PAGE));
}

static void in_place(void) {
    char *place = room(16);
    char *memory = map(place, 4, READ | WRITE, PRIVATE | ANONYMOUS | NO_REPLACE);
    memory[3 * PAGE] = 'x';
    show("longer", remap(memory, 4 * PAGE, 6 * PAGE, 0, NULL) == (int)P(memory));
    show("a part that does not end it", remap(memory, 2 * PAGE, 3 * PAGE, 0, NULL));
    char *wall = map(place + 8 * PAGE, 1, READ, PRIVATE | ANONYMOUS | NO_REPLACE);
    show("as far as the next", remap(memory, 6 * PAGE, 8 * PAGE, 0, NULL) == (int)P(memory));
    show("further", remap(memory, 8 * PAGE, 9 * PAGE, 0, NULL));
    char *moved = (char *)remap(memory, 8 * PAGE, 9 * PAGE, MAY_MOVE, NULL);
    printf("further, moving: %d, %c\n", moved != memory, moved[3 * PAGE]);
    show("a length within a page", remap(moved, 9 * PAGE, 5 * PAGE + 1, 0, NULL) == (int)P(moved));
    printf("left: %d%d\n", is_mapped(moved + 5 * PAGE), is_mapped(moved + 6 * PAGE));
    printf("the wall: %d\n", is_mapped(wall));
}

static void keeping(void) {
    char *memory = letters(3), *place = room(4);
    char *moved = (char *)remap(memory, 3 * PAGE, 3 * PAGE, KEEP | MAY_MOVE, NULL);
    printf("anywhere: %d, %c%c%c, behind it %d%d%d\n", moved != memory, moved[0], moved[PAGE], moved[2 * PAGE],
           memory[0], memory[PAGE], memory[2 * PAGE]);
    memory[0] = 'n';
    printf("two memories: %c%c\n", moved[0], memory[0]);
    show("to a place", remap(moved + PAGE, PAGE, PAGE, KEEP | TO | MAY_MOVE, place) == (int)P(place));
    printf("one page: %c, behind it %c%d%c\n", place[0], moved[0], moved[PAGE], moved[2 * PAGE]);
    char *shared = map(NULL, 2, READ | WRITE, SHARED | ANONYMOUS);
    shared[0] = 's';
    char *other = (char *)remap(shared, 2 * PAGE, 2 * PAGE, KEEP | MAY_MOVE, NULL);
    printf("shared: %c%c\n", other[0], shared[0]);
    other[0] = 't';
    printf("stays shared: %c\n", shared[0]);
    int file = open("file", O_RDWR | O_CREAT, 0600);
    write(file, "0123", 4);
    char *own = mmap(NULL, PAGE, READ | WRITE, PRIVATE, file, 0);
    own[0] = 'p';
    char *taken = (char *)remap(own, PAGE, PAGE, KEEP | MAY_MOVE, NULL);
    printf("a file's: %c%c, behind it %c%c\n", taken[0], taken[1], own[0], own[1]);
}

static void duplicates(void) {
    char *shared = map(NULL, 2, READ | WRITE, SHARED | ANONYMOUS);
    char *twin = (char *)remap(shared, 0, 2 * PAGE, MAY_MOVE, NULL);
    shared[0] = 'x', twin[PAGE] = 'y';
    printf("two of one: %d, %c%c\n", twin != shared, twin[0], shared[PAGE]);
    show("where it is", remap(shared, 0, PAGE, 0, NULL));
    char *place = room(2);
    show("at a place", remap(shared, 0, PAGE, MAY_MOVE | TO, place) == (int)P(place));
    printf("three: %c\n", place[0]);
}

int main(void) {
    mistakes();
    fixed();
    in_place();
    keeping();
    duplicates();
    return 0;
}
