// SPDX-License-Identifier: 0BSD
// Processes that append to one file at once: with O_APPEND no line is lost, whatever their order; without it, and
// with offsets of their own, they write over each other.
#include "child_process.h"
#include <fcntl.h>
#include <sched.h>

#define WRITERS 3
#define LINES 40

static void write_lines(int file, int writer) {
    for (int line = 0; line < LINES; line++) {
        char text[16];
        write(file, text, (size_t)snprintf(text, sizeof text, "%c%03d\n", 'a' + writer, line));
        if (line % 7 == writer)
            sched_yield();
    }
}

static void run(const char *what, int flags, int opens_itself) {
    int counts[WRITERS] = {0}, in_order = 1, broken = 0, next[WRITERS] = {0};
    static char text[WRITERS * LINES * 5 + 1];
    pid_t children[WRITERS];
    int file = open("lines", O_RDWR | O_CREAT | O_TRUNC | flags, 0600);
    for (int writer = 0; writer < WRITERS; writer++) {
        children[writer] = start_child();
        if (children[writer] == 0) {
            write_lines(opens_itself ? open("lines", O_WRONLY | flags) : file, writer);
            _exit(0);
        }
    }
    for (int writer = 0; writer < WRITERS; writer++)
        end_of(children[writer]);
    int size = (int)pread(file, text, sizeof text, 0);
    for (int at = 0; at + 5 <= size; at += 5) {
        int writer = text[at] - 'a', line = atoi(text + at + 1);
        if (writer < 0 || writer >= WRITERS || text[at + 4] != '\n') {
            broken++;
            continue;
        }
        counts[writer]++;
        in_order &= line >= next[writer];
        next[writer] = line + 1;
    }
    printf("%s: bytes %d, broken %d, each writer's in order %d", what, size, broken, in_order);
    if (size == WRITERS * LINES * 5)
        printf(", lines %d %d %d", counts[0], counts[1], counts[2]);
    printf("\n");
    close(file);
    unlink("lines");
}

int main(void) {
    run("append, each its own open file", O_APPEND, 1);
    run("append, one open file", O_APPEND, 0);
    run("one open file, whose offset they share", 0, 0);
    run("each from the start", 0, 1);
    return 0;
}
