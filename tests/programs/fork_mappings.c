// SPDX-License-Identifier: 0BSD
// fork with many mappings: private and shared, of files and of nothing, with holes and several rights; each is in the
// child what it was, and what either changes of it afterwards is its own.
#include "child_process.h"
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE 4096
#define COUNT 120

static volatile char *maps[COUNT];
static int file;

static int is_shared(int number) {
    return number % 3 == 1;
}

static void make(void) {
    for (int i = 0; i < COUNT; i++) {
        int of_file = i % 4 == 2, flags = is_shared(i) ? MAP_SHARED : MAP_PRIVATE;
        maps[i] = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, flags | (of_file ? 0 : MAP_ANONYMOUS),
                       of_file ? file : -1, of_file ? i % 8 * PAGE : 0);
        maps[i][0] = (char)i;
        maps[i][2 * PAGE] = (char)(i + 1);
        if (i % 5 == 0)
            munmap((void *)(maps[i] + PAGE), PAGE);
        if (i % 7 == 0)
            mprotect((void *)maps[i], PAGE, PROT_READ);
    }
}

static unsigned sum(void) {
    unsigned total = 0;
    for (int i = 0; i < COUNT; i++)
        total = total * 31 + (unsigned char)maps[i][0] + 256u * (unsigned char)maps[i][2 * PAGE];
    return total;
}

static void change(int by) {
    for (int i = 0; i < COUNT; i++)
        maps[i][2 * PAGE] = (char)(maps[i][2 * PAGE] + by);
}

/// 1 for a fault at the access.
static int faults(volatile char *at, int writes) {
    pid_t child = start_child();
    if (child == 0) {
        if (writes)
            *at = 1;
        else
            (void)*at;
        _exit(0);
    }
    return WTERMSIG(end_of(child)) == SIGSEGV;
}

int main(void) {
    file = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(file, 16 * PAGE);
    make();
    unsigned before = sum();
    int changed[2];
    pipe(changed);
    pid_t child = start_child();
    if (child == 0) {
        int same = sum() == before;
        change(1);
        pid_t grandchild = start_child();
        if (grandchild == 0) {
            change(10);
            munmap((void *)maps[3], 3 * PAGE);
            _exit(7);
        }
        int status = end_of(grandchild);
        printf("child: the same %d, its own child %d, its mapping stays %d\n", same, WEXITSTATUS(status), maps[3][0]);
        end_child(0);
    }
    end_of(child);
    int private_ones = 0, shared_ones = 0;
    for (int i = 0; i < COUNT; i++)
        if (i % 4 != 2) {
            private_ones += !is_shared(i) && maps[i][2 * PAGE] == (char)(i + 1);
            shared_ones += is_shared(i) && maps[i][2 * PAGE] == (char)(i + 12);
        }
    printf("private ones unchanged %d, shared ones changed %d\n", private_ones, shared_ones);
    printf("the holes are holes: %d %d\n", faults(maps[5] + PAGE, 0), faults(maps[60] + PAGE, 0));
    printf("the rights are kept: %d %d %d\n", faults(maps[7], 1), faults(maps[7], 0), faults(maps[8], 1));
    for (int i = 0; i < 20; i++) { // a chain of forks, each the child of the one before
        pid_t next = start_child();
        if (next != 0)
            _exit(WEXITSTATUS(end_of(next)));
        maps[0][2 * PAGE] = (char)i;
        maps[1][2 * PAGE] = (char)i;
    }
    printf("at the end of a chain: %d %d\n", maps[0][2 * PAGE], maps[1][2 * PAGE]);
    end_child(0);
}
