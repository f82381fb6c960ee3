// SPDX-License-Identifier: 0BSD
// A mutex, a condition variable and a barrier made of futexes, for threads or for processes that share memory.
#pragma once

#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_CMP_REQUEUE = 4, FUTEX_PRIVATE = 128 };

static inline long futex(volatile unsigned *word, int operation, unsigned value, unsigned long last, void *second,
                         unsigned third) {
    return syscall(SYS_futex, word, operation, value, last, second, third);
}

/// 0: free, 1: taken, 2: taken, and somebody waits.
struct mutex {
    volatile unsigned word;
};

static inline void take_mutex(struct mutex *mutex) {
    unsigned seen = __sync_val_compare_and_swap(&mutex->word, 0, 1);
    if (seen == 0)
        return;
    if (seen != 2)
        seen = __sync_lock_test_and_set(&mutex->word, 2);
    while (seen != 0) {
        futex(&mutex->word, FUTEX_WAIT, 2, 0, NULL, 0);
        seen = __sync_lock_test_and_set(&mutex->word, 2);
    }
}

static inline int try_mutex(struct mutex *mutex) {
    return __sync_val_compare_and_swap(&mutex->word, 0, 1) == 0;
}

static inline void give_mutex(struct mutex *mutex) {
    if (__sync_fetch_and_sub(&mutex->word, 1) != 1) {
        mutex->word = 0;
        futex(&mutex->word, FUTEX_WAKE, 1, 0, NULL, 0);
    }
}

/// Counts signals, so that none is lost between giving the mutex and waiting.
struct condition {
    volatile unsigned signals;
};

static inline void wait_condition(struct condition *condition, struct mutex *mutex) {
    unsigned seen = condition->signals;
    give_mutex(mutex);
    futex(&condition->signals, FUTEX_WAIT, seen, 0, NULL, 0);
    while (__sync_lock_test_and_set(&mutex->word, 2) != 0) // others may wait: they were moved here
        futex(&mutex->word, FUTEX_WAIT, 2, 0, NULL, 0);
}

static inline void signal_condition(struct condition *condition) {
    __sync_fetch_and_add(&condition->signals, 1);
    futex(&condition->signals, FUTEX_WAKE, 1, 0, NULL, 0);
}

/// Wakes one, and lets the others wait for the mutex at once. Requires: the caller has the mutex.
static inline void broadcast_condition(struct condition *condition, struct mutex *mutex) {
    unsigned now = __sync_add_and_fetch(&condition->signals, 1);
    mutex->word = 2;
    futex(&condition->signals, FUTEX_CMP_REQUEUE, 1, 1000, (void *)&mutex->word, now);
}

struct barrier {
    unsigned needed;
    volatile unsigned arrived, round;
};

/// True for the one that came last.
static inline int wait_barrier(struct barrier *barrier) {
    unsigned round = barrier->round;
    if (__sync_add_and_fetch(&barrier->arrived, 1) == barrier->needed) {
        barrier->arrived = 0;
        __sync_fetch_and_add(&barrier->round, 1);
        futex(&barrier->round, FUTEX_WAKE, 1000, 0, NULL, 0);
        return 1;
    }
    while (barrier->round == round)
        futex(&barrier->round, FUTEX_WAIT, round, 0, NULL, 0);
    return 0;
}

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define THREAD_STACK 32768

/// `tid` holds the thread's id until it has ended.
static inline int start_thread(int (*function)(void *), void *argument, volatile int *tid) {
    char *stack = mmap(NULL, THREAD_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return clone(function, stack + THREAD_STACK, THREAD_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, argument,
                 (void *)tid, NULL, (void *)tid);
}

static inline void join_thread(volatile int *tid) {
    for (int seen; (seen = *tid) != 0;)
        futex((volatile unsigned *)tid, FUTEX_WAIT, (unsigned)seen, 0, NULL, 0);
}
