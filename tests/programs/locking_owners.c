// SPDX-License-Identifier: 0BSD
// Locks that an open file has itself, whoever has it, beside those of processes; and processes that would wait for each other.
#include <fcntl.h>

#include "child_process.h"
#include "linux_raw_call.h"

enum { ASK = 12, SET = 13, SET_OR_WAIT = 14, FILE_ASK = 36, FILE_SET = 37, FILE_SET_OR_WAIT = 38 };
enum { READ, WRITE, UNLOCK };

struct record {
    short type, whence;
    long long start, length;
    int pid;
} __attribute__((packed, aligned(4)));

static int lock(int fd, unsigned command, int type, int start, int length) {
    struct record record = {(short)type, 0, start, length, 0};
    return CALL(221, (unsigned)fd, command, P(&record));
}

static void ask(const char *what, int fd, unsigned command, int type, int start, int length) {
    struct record record = {(short)type, 0, start, length, 0};
    int result = CALL(221, (unsigned)fd, command, P(&record));
    printf("%s: %d: type %d at %d, %d bytes, pid %d\n", what, result, record.type, (int)record.start, (int)record.length,
           record.pid <= 0 ? record.pid : 1);
}

static void show(const char *what, int result) {
    printf("%s: %d\n", what, result);
}

static int opened(void) {
    return open("locked", O_RDWR);
}

static void of_files(void) {
    int one = opened(), other = opened(), copy = dup(one);
    show("a file's lock", lock(one, FILE_SET, WRITE, 0, 10));
    show("the same by its copy", lock(copy, FILE_SET, WRITE, 5, 10));
    show("another open file", lock(other, FILE_SET, READ, 9, 1));
    show("the process", lock(other, SET, READ, 9, 1));
    show("the process by the same file", lock(one, SET, READ, 9, 1));
    ask("who stands in a file's way", other, FILE_ASK, WRITE, 0, 0);
    ask("who stands in the process's way", one, ASK, WRITE, 0, 0);
    ask("who stands in the lock's own way", one, FILE_ASK, WRITE, 0, 0);
    ask("what there is of its own", one, FILE_ASK, UNLOCK, 3, 1);
    ask("what there is of another's", other, FILE_ASK, UNLOCK, 3, 1);
    ask("what a process has", one, ASK, UNLOCK, 3, 1);
    struct record record = {WRITE, 0, 0, 1, 5};
    show("with a pid", CALL(221, (unsigned)other, FILE_SET, P(&record)));
    show("asked with a pid", CALL(221, (unsigned)other, FILE_ASK, P(&record)));
    show("in the first fcntl", CALL(55, (unsigned)other, FILE_SET, P(&record)));
    show("wide in the first fcntl", CALL(55, (unsigned)other, SET, P(&record)));
    show("of no type", lock(other, FILE_SET, 5, 0, 1));
    show("at nowhere", CALL(221, (unsigned)other, FILE_SET, 16));
    close(other);
    show("after another was closed", lock(opened(), SET, WRITE, 0, 1));
    close(one);
    show("after one of two was closed", lock(opened(), SET, WRITE, 0, 1));
    close(copy);
    show("after both were closed", lock(opened(), SET, WRITE, 0, 1));
    show("the file against the process", lock(opened(), FILE_SET, WRITE, 0, 1));
    int reads = open("locked", O_RDONLY);
    show("to write what is only read", lock(reads, FILE_SET, WRITE, 20, 1));
    show("to read", lock(reads, FILE_SET, READ, 20, 1));
    for (int fd = 3; fd < 20; fd++)
        close(fd);
}

static void across_fork(void) {
    int one = opened();
    show("a file's lock", lock(one, FILE_SET, WRITE, 0, 10));
    pid_t child = start_child();
    if (child == 0) {
        show("child: its own as well", lock(one, FILE_SET, WRITE, 0, 10));
        int other = opened();
        show("child: a file of its own", lock(other, FILE_SET, WRITE, 0, 10));
        show("child: unlocks", lock(one, FILE_SET, UNLOCK, 0, 5));
        show("child: a file of its own", lock(other, FILE_SET, WRITE, 0, 5));
        end_child(0);
    }
    end_of(child);
    ask("what is left", opened(), FILE_ASK, WRITE, 0, 0);
    for (int fd = 3; fd < 20; fd++)
        close(fd);
}

static void waiting(void) {
    int one = opened();
    struct gate gate;
    make_gate(&gate);
    lock(one, FILE_SET, WRITE, 0, 10);
    pid_t child = start_child();
    if (child == 0) {
        int other = opened();
        open_gate(&gate);
        show("child: waited", lock(other, FILE_SET_OR_WAIT, READ, 0, 1));
        end_child(0);
    }
    pass_gate(&gate);
    rest(20);
    printf("unlocks\n");
    fflush(stdout);
    lock(one, FILE_SET, UNLOCK, 0, 0);
    end_of(child);
    for (int fd = 3; fd < 20; fd++)
        close(fd);
}

// Each of `count` processes locks one byte, and then wants the next one's: the last would close the ring.
static void in_a_ring(int count) {
    struct gate gate;
    make_gate(&gate);
    pid_t children[4];
    int fd = opened();
    show("the first byte", lock(fd, SET, WRITE, 0, 1));
    for (int i = 1; i < count; i++) {
        children[i] = start_child();
        if (children[i] == 0) {
            int own = opened();
            lock(own, SET, WRITE, i, 1);
            open_gate(&gate);
            rest(20 * (count - i));
            int result = lock(own, SET_OR_WAIT, WRITE, (i + 1) % count, 1);
            end_child(result == 0 ? 0 : 1);
        }
        pass_gate(&gate);
    }
    rest(200);
    show("would wait for ever", lock(fd, SET_OR_WAIT, WRITE, 1, 1));
    lock(fd, SET, UNLOCK, 0, 0);
    for (int i = 1; i < count; i++)
        show("a child's end", end_of(children[i]));
    for (int other = 3; other < 20; other++)
        close(other);
}

static void no_ring(void) {
    struct gate gate;
    make_gate(&gate);
    int fd = opened();
    pid_t child = start_child();
    if (child == 0) {
        lock(fd, SET, WRITE, 0, 1);
        open_gate(&gate);
        rest(50);
        end_child(0);
    }
    pass_gate(&gate);
    show("waited for one that waits for nobody", lock(fd, SET_OR_WAIT, WRITE, 0, 1));
    end_of(child);
}

int main(void) {
    int fd = open("locked", O_RDWR | O_CREAT, 0644);
    write(fd, "0123456789", 10);
    close(fd);
    of_files();
    across_fork();
    waiting();
    in_a_ring(2);
    in_a_ring(3);
    no_ring();
    unlink("locked");
    return 0;
}
