// SPDX-License-Identifier: 0BSD
// Calls that are made of other calls, the same under every system.
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_SIZE 4096
#define TICKS_A_SECOND 100

int getpagesize(void) {
    return PAGE_SIZE;
}

long sysconf(int name) {
    return name == _SC_PAGESIZE ? PAGE_SIZE : name == _SC_CLK_TCK ? TICKS_A_SECOND : -1;
}

int execv(const char *path, char *const arguments[]) {
    return execve(path, arguments, environ);
}

pid_t wait(int *status) {
    return waitpid(-1, status, 0);
}

unsigned int sleep(unsigned int seconds) {
    struct timespec wanted = {(time_t)seconds, 0}, left = {0, 0};
    return nanosleep(&wanted, &left) == 0 ? 0 : (unsigned int)left.tv_sec;
}

time_t time(time_t *out) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return -1;
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

int raise(int number) {
    return kill(getpid(), number);
}

int killpg(pid_t group, int number) {
    return kill(-group, number);
}

void siglongjmp(sigjmp_buf state, int value) {
    if (state->has_mask)
        sigprocmask(SIG_SETMASK, (const sigset_t *)state->mask, NULL);
    longjmp(state->registers, value);
}

sighandler_t signal(int number, sighandler_t handler) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

int sigemptyset(sigset_t *set) {
    set->words[0] = set->words[1] = 0;
    return 0;
}

int sigfillset(sigset_t *set) {
    set->words[0] = set->words[1] = ~0u;
    return 0;
}

int sigaddset(sigset_t *set, int number) {
    set->words[(number - 1) / 32] |= 1u << (number - 1) % 32;
    return 0;
}

int sigdelset(sigset_t *set, int number) {
    set->words[(number - 1) / 32] &= ~(1u << (number - 1) % 32);
    return 0;
}

int sigismember(const sigset_t *set, int number) {
    return (set->words[(number - 1) / 32] >> (number - 1) % 32 & 1) != 0;
}
