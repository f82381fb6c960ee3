// SPDX-License-Identifier: 0BSD
// Threads by clone, and futexes: a join, a lock, a barrier of waiters, timeouts, requeueing, signals, the end of all.
#define _DEFAULT_SOURCE
#include "linux_signal_call.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREAD 0x50f00u // VM, FS, FILES, SIGHAND, THREAD, SYSVSEM
#define PARENT_SETTID 0x100000u
#define CHILD_CLEARTID 0x200000u
#define STACK 16384
#define THREADS 4

#define WAIT 0
#define WAKE 1
#define PRIVATE 128

typedef int work(void *);

int start_thread(unsigned flags, void *stack, int *tid);

// The new thread finds its work and argument on its stack, and ends by exit().
__asm__(".text\n"
        "start_thread:\n"
        "    pushl %ebx\n"
        "    pushl %esi\n"
        "    pushl %edi\n"
        "    movl $120, %eax\n"
        "    movl 16(%esp), %ebx\n"
        "    movl 20(%esp), %ecx\n"
        "    movl 24(%esp), %edx\n"
        "    xorl %esi, %esi\n"
        "    movl %edx, %edi\n"
        "    int $0x80\n"
        "    testl %eax, %eax\n"
        "    jnz 1f\n"
        "    popl %eax\n"
        "    call *%eax\n"
        "    movl %eax, %ebx\n"
        "    movl $1, %eax\n"
        "    int $0x80\n"
        "1:  popl %edi\n"
        "    popl %esi\n"
        "    popl %ebx\n"
        "    ret\n");

static volatile int tids[THREADS];
static volatile int counter, lock, gate, arrived, handled_by;

static int begin(int index, work *what, void *argument) {
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void **top = (void **)(stack + STACK - 64);
    top[0] = (void *)what;
    top[1] = argument;
    return start_thread(THREAD | PARENT_SETTID | CHILD_CLEARTID, top, (int *)&tids[index]);
}

static int futex(volatile int *word, int operation, int value, void *timeout) {
    return CALL(240, P(word), (unsigned)operation, (unsigned)value, P(timeout), 0, ~0u);
}

static void join(int index) {
    int tid;
    while ((tid = tids[index]) != 0)
        futex(&tids[index], WAIT, tid, NULL);
}

static void take(void) {
    while (__sync_lock_test_and_set(&lock, 1) != 0)
        futex(&lock, WAIT | PRIVATE, 1, NULL);
}

static void give(void) {
    __sync_lock_release(&lock);
    futex(&lock, WAKE | PRIVATE, 1, NULL);
}

static int count(void *argument) {
    for (int i = 0; i < 500; i++) {
        take();
        int seen = counter;
        if (i % 50 == 0)
            CALL(158);
        counter = seen + 1;
        give();
    }
    return *(int *)argument;
}

static int wait_at_gate(void *argument) {
    (void)argument;
    __sync_fetch_and_add(&arrived, 1);
    while (gate == 0)
        futex(&gate, WAIT, 0, NULL);
    __sync_fetch_and_sub(&arrived, 1);
    return 0;
}

static void handle(int number) {
    (void)number;
    handled_by = CALL(224);
}

static int wait_for_signal(void *argument) {
    (void)argument;
    while (handled_by == 0)
        CALL(29);
    return 0;
}

static int end_all(void *argument) {
    (void)argument;
    CALL(252, 9);
    return 0;
}

static int fault(void *argument) {
    *(volatile int *)argument = 1;
    return 0;
}

static int child_with(work *what, void *argument) {
    int status = -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        begin(0, what, argument);
        for (;;)
            CALL(29);
    }
    waitpid(child, &status, 0);
    return status;
}

int main(void) {
    static int numbers[THREADS];
    for (int i = 0; i < THREADS; i++)
        begin(i, count, &numbers[i]);
    for (int i = 0; i < THREADS; i++)
        join(i);
    printf("counted %d\n", counter);

    for (int i = 0; i < THREADS; i++)
        begin(i, wait_at_gate, NULL);
    while (arrived != THREADS)
        CALL(158);
    for (int i = 0; i < 50; i++)
        CALL(158);
    gate = 1;
    futex(&gate, WAKE, 1000, NULL);
    for (int i = 0; i < THREADS; i++)
        join(i);
    printf("at the gate %d\n", arrived);

    unsigned tenth[2] = {0, 10000000}, bad[2] = {0, 1000000000};
    gate = 0;
    printf("timeout %d, other value %d\n", futex(&gate, WAIT, 0, tenth), futex(&gate, WAIT, 5, NULL));
    printf("bad time %d, odd address %d\n", futex(&gate, WAIT, 0, bad), CALL(240, P(&gate) + 1, WAIT, 0, 0));
    printf("nobody to wake %d, unknown %d\n", futex(&gate, WAKE, 1, NULL), futex(&gate, 77, 0, NULL));

    act(SIGUSR1, handle, 0, 0);
    begin(0, wait_for_signal, NULL);
    for (int i = 0; i < 20; i++)
        CALL(158);
    int tid = tids[0];
    printf("to the thread %d\n", CALL(270, (unsigned)getpid(), (unsigned)tid, SIGUSR1));
    join(0);
    printf("by the thread %d, which is not me %d\n", handled_by == tid, tid != getpid());
    printf("not of this process %d\n", CALL(270, (unsigned)getpid() + 1000, (unsigned)tid, SIGUSR1));

    printf("all end with one: %x\n", (unsigned)child_with(end_all, NULL));
    printf("all die with one: %x\n", (unsigned)child_with(fault, (void *)16));
    printf("no memory, but signals: %d\n", CALL(120, 0x800 | SIGCHLD, 0));
    return 0;
}
