// SPDX-License-Identifier: 0BSD
// Threads with a mutex, condition variables and barriers made of futexes.
#include "futex_work.h"

static struct work work = {.barrier = {.needed = WORKERS}};
static volatile int tids[WORKERS];

static int run(void *argument) {
    do_all(&work, *(int *)argument);
    return 0;
}

static struct mutex held;

static int try_it(void *argument) {
    *(int *)argument = try_mutex(&held);
    return 0;
}

int main(void) {
    static int numbers[WORKERS];
    int got = -1;
    for (int i = 0; i < WORKERS; i++) {
        numbers[i] = i;
        start_thread(run, &numbers[i], &tids[i]);
    }
    start_those_that_wait(&work);
    for (int i = 0; i < WORKERS; i++)
        join_thread(&tids[i]);
    tell_work(&work);
    take_mutex(&held);
    start_thread(try_it, &got, &tids[0]);
    join_thread(&tids[0]);
    printf("taken: tried %d\n", got);
    give_mutex(&held);
    start_thread(try_it, &got, &tids[0]);
    join_thread(&tids[0]);
    printf("free: tried %d\n", got);
    return 0;
}
