// SPDX-License-Identifier: 0BSD
// What each flag of sigaction changes, and what sigaction tells of an action.
#include "child_process.h"

static volatile int calls, blocked_itself, blocked_other, nested, most_nested;

static void look(int number) {
    calls++;
    blocked_itself = is_blocked(number);
    blocked_other = is_blocked(SIGUSR2);
    nested++;
    most_nested = nested > most_nested ? nested : most_nested;
    if (calls < 3)
        raise(number);
    nested--;
}

static void try(const char *what, int flags) {
    struct sigaction action = {.sa_handler = look, .sa_flags = flags}, now;
    calls = most_nested = 0;
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    change_mask(SIG_UNBLOCK, SIGUSR1);
    if (flags & SA_RESETHAND)
        calls = 2; // a second signal would end it
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &now);
    printf("%s: calls %d, nested %d, blocked itself %d and another %d, afterwards %d %d, default %d\n", what, calls,
           most_nested, blocked_itself, blocked_other, is_blocked(SIGUSR1), is_blocked(SIGUSR2),
           now.sa_handler == SIG_DFL);
}

static volatile int told;

static void child_told(int number) {
    (void)number;
    told++;
}

static void childs_news(const char *what, int flags) {
    int status = 0;
    handle_with(SIGCHLD, child_told, flags | SA_RESTART);
    told = 0;
    pid_t child = start_child();
    if (child == 0)
        for (;;)
            pause();
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    rest(30);
    int after_stop = told;
    kill(child, SIGCONT);
    rest(30);
    int after_continue = told;
    kill(child, SIGKILL);
    int result = result_of(waitpid(child, &status, 0));
    rest(30);
    printf("%s: told %d, %d, %d; waited for %d\n", what, after_stop, after_continue, told,
           result == child ? 1 : result);
    signal(SIGCHLD, SIG_DFL);
}

static void alarm_handler(int number) {
    (void)number;
    calls++;
}

static void interrupted_read(const char *what, int flags) {
    int ends[2];
    char letter = 0;
    pipe(ends);
    calls = 0;
    pid_t child = start_child();
    if (child == 0) {
        rest(150);
        kill(getppid(), SIGALRM);
        rest(150);
        write(ends[1], "x", 1);
        _exit(0);
    }
    handle_with(SIGALRM, alarm_handler, flags);
    int result = result_of((int)read(ends[0], &letter, 1));
    printf("%s: %d, handled %d\n", what, result, calls);
    end_of(child);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    struct sigaction old;
    try("no flags", 0);
    try("NODEFER", SA_NODEFER);
    try("RESETHAND", SA_RESETHAND);
    try("both", (int)((unsigned)SA_RESETHAND | SA_NODEFER));
    handle_with(SIGUSR1, look, SA_RESTART | SA_NODEFER | SA_ONSTACK);
    sigaction(SIGUSR1, NULL, &old);
    printf("told: %d %x\n", old.sa_handler == look, (unsigned)old.sa_flags);
    childs_news("no flags", 0);
    childs_news("NOCLDSTOP", SA_NOCLDSTOP);
    childs_news("NOCLDWAIT", SA_NOCLDWAIT);
    interrupted_read("read without RESTART", 0);
    interrupted_read("read with RESTART", SA_RESTART);
    printf("unknown signals: %d %d, SIGKILL %d, to look at %d\n", result_of(sigaction(0, NULL, &old)),
           result_of(sigaction(65, NULL, &old)), result_of(sigaction(SIGKILL, &old, NULL)),
           result_of(sigaction(SIGKILL, NULL, &old)));
    return 0;
}
