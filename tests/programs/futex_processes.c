// SPDX-License-Identifier: 0BSD
// Processes that share a page, each where it mapped it itself, with a mutex, condition variables and barriers made of
// futexes.
#include "child_process.h"
#include "futex_work.h"

static struct work *map_work(int memory, int pages_before) {
    if (pages_before > 0) // so that it lies elsewhere
        mmap(NULL, (size_t)pages_before * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
}

/// A word of private memory is another one in each process, whatever its address.
static void private_words(void) {
    static volatile unsigned word;
    struct timespec time = {0, 100000000};
    pid_t child = start_child();
    if (child == 0)
        _exit(futex(&word, FUTEX_WAIT, 0, (unsigned long)&time, NULL, 0) == -1 && errno == ETIMEDOUT ? 1 : 0);
    rest(30);
    printf("private: woken %ld", futex(&word, FUTEX_WAKE, 10, 0, NULL, 0));
    printf(", timed out %d\n", WEXITSTATUS(end_of(child)));
}

/// With FUTEX_PRIVATE shared memory is not looked at: only threads of one process meet.
static void private_flag(struct work *work) {
    struct timespec time = {10, 0};
    volatile unsigned *word = (volatile unsigned *)&work->counter;
    *word = 0;
    pid_t child = start_child();
    if (child == 0)
        _exit(futex(word, FUTEX_WAIT, 0, (unsigned long)&time, NULL, 0) == 0 ? 0 : 1);
    rest(150);
    long with_flag = futex(word, FUTEX_WAKE | FUTEX_PRIVATE, 10, 0, NULL, 0);
    printf("shared: woken with the private flag %ld, without %ld", with_flag, futex(word, FUTEX_WAKE, 10, 0, NULL, 0));
    printf(", timed out %d\n", WEXITSTATUS(end_of(child)));
}

int main(void) {
    pid_t children[WORKERS];
    int memory = memfd_create("work", 0);
    ftruncate(memory, 4096);
    struct work *work = map_work(memory, 0);
    work->barrier.needed = WORKERS;
    for (int i = 0; i < WORKERS; i++) {
        children[i] = start_child();
        if (children[i] == 0) {
            do_all(map_work(memory, i + 1), i);
            _exit(0);
        }
    }
    start_those_that_wait(work);
    for (int i = 0; i < WORKERS; i++)
        end_of(children[i]);
    tell_work(work);
    private_words();
    private_flag(work);
    return 0;
}
