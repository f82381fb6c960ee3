// SPDX-License-Identifier: 0BSD
// What parent and child see of each other's memory after fork: data, heap, stack, private and shared mappings, files.
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static int data = 17;
static char bss[3 * PAGE];

static char *map(int flags, int descriptor) {
    char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, flags, descriptor, 0);
    if (memory == MAP_FAILED) {
        printf("mmap failed\n");
        exit(1);
    }
    return memory;
}

static int wait_for(pid_t child) {
    int status = -1;
    if (waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static pid_t split(void) {
    fflush(stdout);
    return fork();
}

int main(void) {
    int local = 1;
    char *heap = malloc(PAGE);
    char *apart = map(MAP_PRIVATE | MAP_ANONYMOUS, -1), *together = map(MAP_SHARED | MAP_ANONYMOUS, -1);
    int file = open("fork_memory.data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 2 * PAGE; i++)
        if (write(file, "f", 1) != 1)
            return 1;
    char *file_apart = map(MAP_PRIVATE, file), *file_together = map(MAP_SHARED, file);
    strcpy(heap, "heap");
    apart[0] = together[0] = 'p';
    file_apart[0] = 'p';

    pid_t child = split();
    if (child == 0) {
        printf("child sees %d %d %s %c %c %c %c %d\n", data, local, heap, apart[0], together[0], file_apart[0],
               file_together[0], bss[PAGE]);
        data = 18, local = 2, heap[0] = 'H', apart[0] = 'c', together[0] = 'c', file_apart[0] = 'c';
        file_together[PAGE] = 'c', bss[PAGE] = 5;
        pid_t grandchild = split();
        if (grandchild == 0) {
            data = 19;
            printf("grandchild sees %d %d %s %c %c %c %c %d\n", data, local, heap, apart[0], together[0],
                   file_apart[0], file_together[PAGE], bss[PAGE]);
            fflush(stdout);
            _exit(7);
        }
        printf("grandchild: %d\n", wait_for(grandchild));
        printf("child still sees %d\n", data);
        fflush(stdout);
        _exit(data);
    }
    printf("child: %d\n", wait_for(child));
    printf("parent sees %d %d %s %c %c %c %c %d\n", data, local, heap, apart[0], together[0], file_apart[0],
           file_together[PAGE], bss[PAGE]);

    // The 17 that a child must read, before and after the parent's next write.
    file_apart[PAGE] = 17;
    child = split();
    if (child == 0)
        _exit(file_apart[PAGE]);
    file_apart[PAGE] = 18;
    int first = wait_for(child);
    child = split();
    if (child == 0)
        _exit(file_apart[PAGE]);
    printf("first child read %d, second %d\n", first, wait_for(child));

    child = vfork();
    if (child == 0) {
        data = 99;
        _exit(0);
    }
    printf("vfork: %d, data is %d\n", wait_for(child), data);

    child = split();
    if (child == 0)
        *(volatile int *)16 = 1;
    printf("a child that faults: %d\n", wait_for(child));
    int rounds = 0;
    for (int i = 0; i < 200; i++) {
        child = fork();
        if (child == 0) {
            bss[2 * PAGE] = (char)i;
            _exit(bss[2 * PAGE] == (char)i ? 0 : 1);
        }
        bss[0] = (char)i;
        rounds += wait_for(child) == 0;
    }
    printf("rounds: %d, bss %d %d\n", rounds, bss[0], bss[2 * PAGE]);
    unlink("fork_memory.data");
    return 0;
}
