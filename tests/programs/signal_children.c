// SPDX-License-Identifier: 0BSD
// SIGCHLD and wait: ends, stops, going on, groups, calls that a signal interrupts, and children nobody waits for.
#define _DEFAULT_SOURCE
#include "linux_signal_call.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOHANG 1
#define UNTRACED 2
#define CONTINUED 8

static volatile int told, code, status_told;
static volatile pid_t who;

static void child_told(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    told++;
    code = info->si_code;
    who = info->si_pid;
    status_told = info->words[2];
}

static void nothing(int number) {
    (void)number;
}

static void wait_told(int times) {
    unsigned old[2], none[2] = {0, 0}, child_ended[2] = {bit(SIGCHLD), 0};
    CALL(175, 0, P(child_ended), P(old), 8);
    while (told < times)
        CALL(179, P(none), 8);
    CALL(175, 2, P(old), 0, 8);
}

static void stops(void) {
    int status = 0;
    told = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        unsigned word_to_end[2] = {bit(SIGUSR1), 0};
        CALL(175, 0, P(word_to_end), 0, 8);
        CALL(37, (unsigned)getpid(), SIGSTOP);
        CALL(177, P(word_to_end), 0, 0, 8);
        _exit(7);
    }
    printf("stopped: %d, status %x\n", waitpid(child, &status, UNTRACED) == child, (unsigned)status);
    wait_told(1);
    printf("told %d: code %d status %d\n", who == child, code, status_told);
    printf("still there: %d\n", waitpid(child, &status, NOHANG | UNTRACED));
    CALL(37, (unsigned)child, SIGCONT);
    printf("goes on: %d, status %x\n", waitpid(child, &status, CONTINUED) == child, (unsigned)status);
    CALL(37, (unsigned)child, SIGUSR1);
    printf("ended: %d, status %x\n", waitpid(child, &status, 0) == child, (unsigned)status);
    printf("nobody left: %d\n", CALL(7, (unsigned)child, P(&status), 0));
}

static void groups(void) {
    int status = 0;
    fflush(stdout);
    pid_t first = fork();
    if (first == 0) {
        CALL(57, 0, 0);
        for (;;)
            CALL(29);
    }
    CALL(57, (unsigned)first, 0);
    pid_t second = fork();
    if (second == 0)
        for (;;)
            CALL(29);
    printf("joined %d, group %d\n", CALL(57, (unsigned)second, (unsigned)first), CALL(132, (unsigned)second) == first);
    printf("mine: %d\n", waitpid(0, &status, NOHANG));
    printf("none in my group: %d\n", CALL(7, 0, P(&status), 0));
    printf("kill the group: %d\n", CALL(37, (unsigned)-first, SIGTERM));
    int ended = 0;
    for (int i = 0; i < 2; i++)
        ended += waitpid(-first, &status, 0) > 0 && (status & 0x7F) == SIGTERM;
    printf("both by SIGTERM: %d, and no more: %d\n", ended == 2, CALL(37, (unsigned)-first, 0));
}

static void interrupted(void) {
    int status = 0;
    act(SIGUSR1, nothing, 0, 0);
    act(SIGUSR2, nothing, SA_RESTART, 0);
    act(SIGCHLD, nothing, SA_RESTART, 0);
    fflush(stdout);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        unsigned third[2] = {0, 300000000};
        CALL(162, P(third), 0);
        CALL(37, (unsigned)parent, SIGUSR1);
        CALL(162, P(third), 0);
        CALL(37, (unsigned)parent, SIGUSR2);
        CALL(162, P(third), 0);
        _exit(3);
    }
    printf("interrupted: %d\n", CALL(7, (unsigned)child, P(&status), 0));
    printf("begun again: %d, status %x\n", CALL(7, (unsigned)child, P(&status), 0) == child, (unsigned)status);
}

static void reaped_by_nobody(void) {
    int status = 0;
    act(SIGCHLD, SIG_IGN, 0, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(1);
    printf("with SIGCHLD ignored: %d\n", CALL(7, (unsigned)child, P(&status), 0));
    act(SIGCHLD, SIG_DFL, 0, 0);
}

static void sleeps(void) {
    unsigned second[2] = {1, 0}, left[2] = {9, 9};
    act(SIGALRM, nothing, SA_RESTART, 0);
    unsigned timer[4] = {0, 0, 0, 300000};
    CALL(104, 0, P(timer), 0);
    int result = CALL(162, P(second), P(left));
    printf("sleep: %d, some left: %d\n", result, left[0] == 0 && left[1] > 0 && left[1] <= 900000000);
    printf("pause: ");
    CALL(27, 1);
    printf("%d\n", CALL(29));
}

int main(void) {
    act(SIGCHLD, child_told, SA_SIGINFO | SA_RESTART, 0);
    stops();
    groups();
    interrupted();
    reaped_by_nobody();
    sleeps();
    return 0;
}
