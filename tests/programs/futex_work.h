// SPDX-License-Identifier: 0BSD
// What threads, or processes, do together with the locks of futex_locks.h.
#pragma once

#include "futex_locks.h"
#include <stdio.h>

#define WORKERS 4
#define ROUNDS 200
#define ITEMS 60
#define ROOM 5

struct work {
    struct mutex mutex;
    struct condition not_empty, not_full, go;
    struct barrier barrier;
    volatile int counter, in_side, broken;
    volatile int buffer[ROOM], filled, produced, sum, taken;
    volatile int ready, started, last_ones, phase_errors, phases[WORKERS];
};

static inline void count_in_mutex(struct work *work) {
    for (int i = 0; i < ROUNDS; i++) {
        take_mutex(&work->mutex);
        if (work->in_side++ != 0)
            work->broken++;
        int seen = work->counter;
        if (i % 20 == 0)
            sched_yield();
        work->counter = seen + 1;
        work->in_side--;
        give_mutex(&work->mutex);
    }
}

static inline void produce(struct work *work) {
    for (;;) {
        take_mutex(&work->mutex);
        while (work->filled == ROOM && work->produced < ITEMS)
            wait_condition(&work->not_full, &work->mutex);
        if (work->produced >= ITEMS) {
            give_mutex(&work->mutex);
            return;
        }
        work->buffer[work->filled++] = ++work->produced;
        signal_condition(&work->not_empty);
        give_mutex(&work->mutex);
    }
}

static inline void consume(struct work *work) {
    for (;;) {
        take_mutex(&work->mutex);
        while (work->filled == 0 && work->taken < ITEMS)
            wait_condition(&work->not_empty, &work->mutex);
        if (work->filled == 0) {
            give_mutex(&work->mutex);
            return;
        }
        work->sum += work->buffer[--work->filled];
        if (++work->taken == ITEMS) {
            broadcast_condition(&work->not_empty, &work->mutex);
            broadcast_condition(&work->not_full, &work->mutex);
        } else {
            signal_condition(&work->not_full);
        }
        give_mutex(&work->mutex);
    }
}

static inline void wait_for_go(struct work *work) {
    take_mutex(&work->mutex);
    work->ready++;
    while (work->started == 0)
        wait_condition(&work->go, &work->mutex);
    work->ready--;
    give_mutex(&work->mutex);
}

static inline void go_in_phases(struct work *work, int mine) {
    for (int phase = 1; phase <= 10; phase++) {
        work->phases[mine] = phase;
        if (wait_barrier(&work->barrier))
            __sync_fetch_and_add(&work->last_ones, 1);
        for (int other = 0; other < WORKERS; other++)
            if (work->phases[other] != phase)
                __sync_fetch_and_add(&work->phase_errors, 1);
        wait_barrier(&work->barrier);
    }
}

static inline void do_all(struct work *work, int mine) {
    count_in_mutex(work);
    wait_barrier(&work->barrier);
    if (mine % 2 == 0)
        produce(work);
    else
        consume(work);
    go_in_phases(work, mine);
    wait_for_go(work);
}

static inline void start_those_that_wait(struct work *work) {
    for (;;) {
        take_mutex(&work->mutex);
        if (work->ready == WORKERS)
            break;
        give_mutex(&work->mutex);
        sched_yield();
    }
    work->started = 1;
    broadcast_condition(&work->go, &work->mutex);
    give_mutex(&work->mutex);
}

static inline void tell_work(const struct work *work) {
    printf("mutex: counted %d, broken %d\n", work->counter, work->broken);
    printf("condition: taken %d, sum %d, left %d\n", work->taken, work->sum, work->filled);
    printf("barrier: last ones %d, errors %d\n", work->last_ones, work->phase_errors);
    printf("broadcast: still waiting %d\n", work->ready);
}
