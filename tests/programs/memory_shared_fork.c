// SPDX-License-Identifier: 0BSD
// Memory that parent and children share, and memory that they do not: who sees what of whom after fork.
#include <fcntl.h>

#include "child_process.h"
#include "memory_probe.h"

static void join(pid_t child) {
    waitpid(child, NULL, 0);
}

static void anonymous(void) {
    char *own = fresh(2), *shared = map(NULL, 2, READ | WRITE, SHARED | ANONYMOUS);
    own[0] = shared[0] = 'p';
    pid_t child = start_child();
    if (child == 0) {
        printf("child finds %c%c\n", own[0], shared[0]);
        own[0] = shared[0] = 'c';
        shared[PAGE] = 'n';
        end_child(0);
    }
    join(child);
    printf("parent finds %c%c, a page first touched by the child: %c\n", own[0], shared[0], shared[PAGE]);
    child = start_child();
    if (child == 0) {
        munmap(shared, PAGE);
        pid_t grandchild = start_child();
        if (grandchild == 0) {
            shared[PAGE] = 'g';
            printf("the grandchild has no first page: %d\n", is_mapped(shared));
            end_child(0);
        }
        join(grandchild);
        printf("child finds %c\n", shared[PAGE]);
        end_child(0);
    }
    join(child);
    printf("parent still has both: %c%c\n", shared[0], shared[PAGE]);
    map(shared, 1, READ | WRITE, SHARED | ANONYMOUS | FIXED);
    printf("a new mapping is new memory: %d\n", shared[0]);
}

static void zeros(void) {
    int device = open("/dev/zero", O_RDWR);
    char *shared = mmap(NULL, PAGE, READ | WRITE, SHARED, device, 0);
    char *own = mmap(NULL, PAGE, READ | WRITE, PRIVATE, device, 0);
    pid_t child = start_child();
    if (child == 0) {
        shared[1] = own[1] = 'z';
        end_child(0);
    }
    join(child);
    printf("zeros: shared %c, own %d\n", shared[1], own[1]);
}

static void files(void) {
    int file = open("file", O_RDWR | O_CREAT, 0600);
    write(file, "file", 4);
    char *shared = mmap(NULL, PAGE, READ | WRITE, SHARED, file, 0);
    char *own = mmap(NULL, PAGE, READ | WRITE, PRIVATE, file, 0);
    own[0] = 'P';
    pid_t child = start_child();
    if (child == 0) {
        printf("child finds %.4s %.4s\n", shared, own);
        shared[1] = 'I', own[2] = 'L';
        printf("child has %.4s %.4s\n", shared, own);
        end_child(0);
    }
    join(child);
    char text[4];
    pread(file, text, 4, 0);
    printf("parent finds %.4s %.4s, the file has %.4s\n", shared, own, text);
    pwrite(file, "X", 1, 3);
    printf("after a write: %.4s %.4s\n", shared, own);
}

static void many(void) {
    unsigned *sums = (unsigned *)map(NULL, 1, READ | WRITE, SHARED | ANONYMOUS);
    char *own = fresh(16);
    for (unsigned i = 0; i < 16; i++)
        own[i * PAGE] = (char)i;
    pid_t children[8];
    for (unsigned who = 0; who < 8; who++) {
        children[who] = start_child();
        if (children[who] == 0) {
            own[who * PAGE] = 100;
            for (unsigned i = 0; i < 16; i++)
                sums[who] += (unsigned)own[i * PAGE];
            end_child(0);
        }
        own[(who + 8) * PAGE] = 1;
    }
    for (unsigned who = 0; who < 8; who++) {
        join(children[who]);
        printf("child %u: %u\n", who, sums[who]);
    }
}

int main(void) {
    anonymous();
    zeros();
    files();
    many();
    return 0;
}
