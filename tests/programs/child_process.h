// SPDX-License-Identifier: 0BSD
// What programs with children have in common.
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// With nothing left in stdio that both would write.
static inline pid_t start_child(void) {
    fflush(stdout);
    return fork();
}

/// One that does nothing until a signal comes.
static inline pid_t waiting_child(void) {
    pid_t child = start_child();
    if (child == 0)
        for (;;)
            pause();
    return child;
}

static inline void end_child(int status) {
    fflush(stdout);
    _exit(status);
}

/// The status of a child once it has ended.
static inline int end_of(pid_t child) {
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/// What a call that returns -1 and an errno has done: its result, or the errno made negative.
static inline int result_of(int result) {
    return result == -1 ? -errno : result;
}

static inline void rest(int milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static inline void handle_with(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(number, &action, NULL);
}

static inline void change_mask(int how, int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(how, &set, NULL);
}

static inline int is_pending(int number) {
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, number);
}

static inline int is_blocked(int number) {
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    return sigismember(&set, number);
}

/// Two ends by which one process lets another go on.
struct gate {
    int ends[2];
};

static inline void make_gate(struct gate *gate) {
    pipe(gate->ends);
}

static inline void open_gate(const struct gate *gate) {
    write(gate->ends[1], "!", 1);
}

static inline void pass_gate(const struct gate *gate) {
    char word;
    while (read(gate->ends[0], &word, 1) < 0 && errno == EINTR)
        ;
}
