// SPDX-License-Identifier: 0BSD
// Two processes in turns: by sched_yield and a word of shared memory, and by two pipes.
#include "child_process.h"
#include <sched.h>
#include <sys/mman.h>

#define ROUNDS 50

static volatile int *turn;

static void wait_for_turn(int mine) {
    while (*turn % 2 != mine)
        sched_yield();
}

static int play_by_word(int mine) {
    int sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        wait_for_turn(mine);
        sum += *turn;
        ++*turn;
    }
    return sum;
}

static int play_by_pipe(int in, int out, int first) {
    int ball = 0, sum = 0;
    if (first)
        write(out, &ball, sizeof ball);
    while (read(in, &ball, sizeof ball) == sizeof ball && ball < ROUNDS) {
        sum += ball++;
        if (write(out, &ball, sizeof ball) < 0)
            break;
    }
    return sum;
}

int main(void) {
    int there[2], back[2], child_sum = 0;
    turn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    printf("yield: %d\n", sched_yield());
    pid_t child = start_child();
    if (child == 0) {
        turn[1] = play_by_word(1);
        _exit(0);
    }
    int sum = play_by_word(0);
    end_of(child);
    printf("by a word: %d turns, %d and %d\n", *turn, sum, turn[1]);

    pipe(there);
    pipe(back);
    signal(SIGPIPE, SIG_IGN);
    child = start_child();
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        turn[2] = play_by_pipe(there[0], back[1], 0);
        _exit(0);
    }
    close(there[0]);
    close(back[1]);
    sum = play_by_pipe(back[0], there[1], 1);
    close(there[1]);
    close(back[0]);
    end_of(child);
    child_sum = turn[2];
    printf("by pipes: %d and %d, all of them %d\n", sum, child_sum, sum + child_sum == ROUNDS * (ROUNDS - 1) / 2);
    return 0;
}
