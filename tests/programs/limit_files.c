// SPDX-License-Identifier: 0BSD
// RLIMIT_NOFILE and RLIMIT_FSIZE: how many descriptors, and how large files.
#include <fcntl.h>
#include <signal.h>

#include "limit_probe.h"

enum { NR_DUP3 = 330, NR_POLL = 168, NR_SENDFILE = 187, NR_TRUNCATE64 = 193, NR_FTRUNCATE64 = 194 };

static void descriptors(void) {
    set_limit(FILES, 10, 5000);
    int file = open("file", O_RDWR | O_CREAT, 0600), last = file, used = 0;
    for (int next; (next = dup(file)) >= 0; used++)
        last = next;
    printf("the last: %d\n", last);
    show("open", CALL(5, P("file"), 0, 0));
    show("dup", CALL(41, (unsigned)file));
    int ends[2];
    show("pipe", CALL(42, P(ends)));
    close(9);
    show("pipe with one free", CALL(42, P(ends)));
    printf("the one is free again: %d\n", dup(file));
    show("dup2 to the limit", CALL(63, (unsigned)file, 10));
    show("dup2 below", CALL(63, (unsigned)file, 9) == 9);
    show("dup2 of nothing to the limit", CALL(63, 77, 10));
    show("dup2 to itself", CALL(63, (unsigned)file, (unsigned)file) == file);
    show("dup3 to the limit", CALL(NR_DUP3, (unsigned)file, 10, 0));
    show("fcntl from the limit", CALL(55, (unsigned)file, F_DUPFD, 10));
    show("fcntl below", CALL(55, (unsigned)file, F_DUPFD, 9));
    show("memory", CALL(356, P("name"), 0));
    static char none[11 * 8];
    for (int i = 0; i < 11; i++)
        none[i * 8] = none[i * 8 + 1] = none[i * 8 + 2] = none[i * 8 + 3] = -1;
    show("poll", CALL(NR_POLL, P(none), 11, 0));
    show("poll below", CALL(NR_POLL, P(none), 10, 0));
    set_limit(FILES, 5, 5000);
    printf("those above stay: %d, %d\n", write(9, "x", 1), fcntl(8, F_GETFD));
    show("but no more", CALL(41, (unsigned)file));
    for (int i = file + 1; i < 10; i++)
        close(i);
    show("until there are less", CALL(41, (unsigned)file));
    set_limit(FILES, 3000, 5000);
    printf("far: %d\n", fcntl(file, F_DUPFD, 2999));
    show("too far", CALL(63, (unsigned)file, 3000));
    show("far too many", set_limit(FILES, 3000, UNLIMITED));
    close(2999);
    close(file + 1);
    close(file);
    set_limit(FILES, 256, 5000);
}

static int caught;

static void note(int number) {
    (void)number;
    caught++;
}

static void show_write(const char *what, int result) {
    printf("%s: %d, signals %d\n", what, result, caught);
    caught = 0;
}

static void sizes(void) {
    signal(25, note);
    int file = open("size", O_RDWR | O_CREAT | O_TRUNC, 0600);
    static char text[8192];
    memset(text, 't', sizeof text);
    set_limit(FILE_SIZE, 5000, UNLIMITED);
    show_write("up to the limit", CALL(4, (unsigned)file, P(text), sizeof text));
    show_write("at the limit", CALL(4, (unsigned)file, P(text), 1));
    show_write("nothing at the limit", CALL(4, (unsigned)file, P(text), 0));
    show_write("below it, at a place", CALL(181, (unsigned)file, P(text), 10, 4995, 0));
    show_write("beyond, at a place", CALL(181, (unsigned)file, P(text), 10, 5000, 0));
    show_write("far beyond", CALL(181, (unsigned)file, P(text), 10, 0, 1));
    show_write("longer", CALL(NR_FTRUNCATE64, (unsigned)file, 5001, 0));
    show_write("as long", CALL(NR_FTRUNCATE64, (unsigned)file, 5000, 0));
    show_write("longer by its name", CALL(NR_TRUNCATE64, P("size"), 5001, 0));
    int from = open("from", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(from, text, 100);
    lseek(file, 4990, SEEK_SET);
    lseek(from, 0, SEEK_SET);
    show_write("sent in part", CALL(NR_SENDFILE, (unsigned)file, (unsigned)from, 0, 100));
    show_write("sent", CALL(NR_SENDFILE, (unsigned)file, (unsigned)from, 0, 100));
    int appends = open("size", O_WRONLY | O_APPEND);
    show_write("appended", CALL(4, (unsigned)appends, P(text), 1));
    set_limit(FILE_SIZE, 4000, UNLIMITED);
    show_write("a file that is longer by now", CALL(181, (unsigned)file, P(text), 10, 4500, 0));
    show_write("shorter than it, longer than the limit", CALL(NR_FTRUNCATE64, (unsigned)file, 4500, 0));
    char *memory = mmap(NULL, 2 * PAGE, READ | WRITE, SHARED, file, 0);
    memory[4200] = 'm';
    show_write("a mapping is not limited", memory[4200] == 'm');
    int ends[2];
    pipe(ends);
    set_limit(FILE_SIZE, 10, UNLIMITED);
    show_write("a pipe is no such file", CALL(4, (unsigned)ends[1], P(text), 1000));
    signal(25, SIG_IGN);
    show_write("ignored", CALL(4, (unsigned)file, P(text), 1));
    signal(25, SIG_DFL);
    set_limit(CORE, 0, UNLIMITED);
    fflush(stdout);
    int status;
    pid_t child = fork();
    if (child == 0) {
        write(file, text, 1);
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("by default: %x\n", (unsigned)status);
}

int main(void) {
    descriptors();
    sizes();
    return 0;
}
