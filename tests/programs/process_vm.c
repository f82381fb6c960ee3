// SPDX-License-Identifier: 0BSD
// process_vm_readv and process_vm_writev: a child's memory read and written by its parent, in pieces and up to where it ends.
#include <signal.h>

#include "memory_probe.h"

enum { NR_READV = 347, NR_WRITEV };

struct piece {
    const void *at;
    unsigned length;
};

static int move(unsigned number, int pid, struct piece *own, unsigned owns, struct piece *theirs, unsigned them) {
    return CALL(number, (unsigned)pid, P(own), owns, P(theirs), them, 0);
}

static int one(unsigned number, int pid, const void *own, const void *theirs, unsigned length) {
    struct piece from = {own, length}, to = {theirs, length};
    return move(number, pid, &from, 1, &to, 1);
}

int main(void) {
    char *memory = fresh(6), *shared = map(NULL, 1, READ | WRITE, SHARED | ANONYMOUS);
    for (unsigned i = 0; i < 6; i++)
        memset(memory + i * PAGE, (int)('a' + i), PAGE);
    munmap(memory + 4 * PAGE, PAGE);
    int ready[2], go[2];
    pipe(ready), pipe(go);
    pid_t child = fork();
    if (child == 0) {
        char c;
        memory[0] = 'C', memory[PAGE] = 'D';
        CALL(NR_MPROTECT, P(memory) + 2 * PAGE, PAGE, READ);
        CALL(NR_MPROTECT, P(memory) + 3 * PAGE, PAGE, 0);
        write(ready[1], "", 1);
        read(go[0], &c, 1);
        printf("child has %c%c %.4s, shared %c\n", memory[0], memory[PAGE], memory + PAGE + 100, shared[5]);
        fflush(stdout);
        write(ready[1], "", 1);
        read(go[0], &c, 1);
        _exit(0);
    }
    char c, text[2 * PAGE + 1], other[64];
    read(ready[0], &c, 1);
    show("one byte", one(NR_READV, child, text, memory, 1));
    printf("the child's: %c, own: %c\n", text[0], memory[0]);
    printf("over a page's end: %d, %c%c\n", one(NR_READV, child, text, memory + PAGE - 1, 2), text[0], text[1]);
    struct piece own[3] = {{text, 3}, {NULL, 0}, {other, 5}}, theirs[2] = {{memory + PAGE, 1}, {memory + 2 * PAGE - 2, 7}};
    printf("pieces: %d, %.3s %.5s\n", move(NR_READV, child, own, 3, theirs, 2), text, other);
    printf("the shorter counts: %d\n", move(NR_READV, child, own, 1, theirs, 2));
    printf("up to what nobody may read: %d\n", one(NR_READV, child, text, memory + 3 * PAGE - 10, 20));
    show("what nobody may read", one(NR_READV, child, text, memory + 3 * PAGE, 1));
    show("a hole", one(NR_READV, child, text, memory + 4 * PAGE, 1));
    printf("two pieces, the second not there: %d\n",
           move(NR_READV, child, own, 3, (struct piece[]){{memory, 2}, {memory + 4 * PAGE, 2}}, 2));
    printf("written: %d\n", one(NR_WRITEV, child, "word", memory + PAGE + 100, 4));
    printf("shared: %d\n", one(NR_WRITEV, child, "s", shared + 5, 1));
    printf("own is as before: %c, shared %c\n", memory[PAGE + 100], shared[5]);
    show("read-only", one(NR_WRITEV, child, "x", memory + 2 * PAGE, 1));
    printf("up to what is read-only: %d\n", one(NR_WRITEV, child, "xyz", memory + 2 * PAGE - 1, 3));
    show("from nowhere", one(NR_WRITEV, child, (void *)16, memory, 4));
    show("to nowhere", one(NR_READV, child, (void *)16, memory, 4));
    fflush(stdout);
    write(go[1], "", 1);
    read(ready[0], &c, 1);
    printf("oneself: %d %c\n", one(NR_READV, getpid(), text, memory + PAGE, 1), text[0]);
    show("nobody", one(NR_READV, 999999, text, memory, 1));
    show("flags", CALL(NR_READV, (unsigned)child, P(own), 1, P(theirs), 1, 1));
    show("too many", CALL(NR_READV, (unsigned)child, P(own), 1025, P(theirs), 1, 0));
    show("too many of theirs", CALL(NR_READV, (unsigned)child, P(own), 1, P(theirs), 1025, 0));
    show("a list from nowhere", CALL(NR_READV, (unsigned)child, 16, 1, P(theirs), 1, 0));
    show("theirs from nowhere", CALL(NR_READV, (unsigned)child, P(own), 1, 16, 1, 0));
    show("nothing", CALL(NR_READV, (unsigned)child, P(own), 0, P(theirs), 1, 0));
    show("nothing of nobody", CALL(NR_READV, 999999, P(own), 0, P(theirs), 1, 0));
    show("nothing of theirs", CALL(NR_READV, (unsigned)child, P(own), 1, P(theirs), 0, 0));
    own[0].length = 0x80000000;
    show("a negative length", CALL(NR_READV, (unsigned)child, P(own), 1, P(theirs), 1, 0));
    own[0].length = 3;
    fflush(stdout);
    write(go[1], "", 1);
    waitpid(child, NULL, 0);
    show("one that is gone", one(NR_READV, child, text, memory, 1));
    return 0;
}
