// SPDX-License-Identifier: 0BSD
// Process groups and sessions: who may join which, and what setsid leaves behind.
#include "child_process.h"

static void first_of_a_group(void) {
    pid_t child = start_child();
    if (child == 0) {
        printf("inherited: %d\n", getpgrp() == getpgid(getppid()) && getsid(0) == getsid(getppid()));
        printf("own group: %d %d\n", result_of(setpgid(0, 0)), getpgrp() == getpid());
        printf("once more: %d\n", result_of(setpgid(0, 0)));
        printf("back: %d %d\n", result_of(setpgid(0, getpgid(getppid()))), getpgrp() == getpgid(getppid()));
        printf("group of nobody: %d, negative: %d\n", result_of(setpgid(0, 999999)), result_of(setpgid(0, -1)));
        printf("of the parent, who is no child: %d\n", result_of(setpgid(getppid(), 0)));
        printf("of nobody: %d %d %d\n", result_of(setpgid(999999, 0)), result_of(getpgid(999999)),
               result_of(getsid(999999)));
        end_child(0);
    }
    end_of(child);
}

static void leader_of_a_session(void) {
    struct gate done;
    make_gate(&done);
    pid_t child = start_child();
    if (child == 0) {
        pid_t old = getsid(0);
        printf("new session: %d\n", setsid() == getpid());
        printf("leads group and session: %d %d %d\n", getpgrp() == getpid(), getsid(0) == getpid(), old != getpid());
        printf("again: %d\n", result_of(setsid()));
        printf("a leader stays: %d\n", result_of(setpgid(0, 0)));
        printf("another session's group: %d\n", result_of(setpgid(0, getpgid(getppid()))));
        pid_t grandchild = start_child();
        if (grandchild == 0) {
            printf("grandchild joins the session: %d\n", getsid(0) == getppid());
            end_child(setsid() == getpid() ? 5 : 6);
        }
        printf("and leaves it: %d\n", WEXITSTATUS(end_of(grandchild)));
        fflush(stdout);
        open_gate(&done);
        pause();
    }
    pass_gate(&done);
    printf("a child of another session: %d\n", result_of(setpgid(child, 0)));
    printf("its session is itself: %d\n", getsid(child) == child);
    kill(child, SIGKILL);
    end_of(child);
}

static void members(void) {
    pid_t children[3], group = 0;
    for (int i = 0; i < 3; i++) {
        children[i] = start_child();
        if (children[i] == 0)
            for (;;)
                pause();
        group = i == 0 ? children[0] : group;
        printf("child %d joins: %d\n", i, result_of(setpgid(children[i], group)));
    }
    printf("not mine to wait for in my own group: %d\n", result_of(waitpid(0, NULL, WNOHANG)));
    printf("by group: %d\n", result_of(waitpid(-group, NULL, WNOHANG)));
    kill(children[0], SIGTERM);
    printf("the first has ended: %d\n", WTERMSIG(end_of(children[0])));
    printf("the group lives on: %d %d\n", getpgid(children[1]) == group, result_of(kill(-group, 0)));
    printf("and may be joined: %d\n", result_of(setpgid(children[2], group)));
    killpg(group, SIGUSR1);
    int ended = 0;
    while (waitpid(-group, NULL, 0) > 0)
        ended++;
    printf("by a signal to all: %d, then %d\n", ended, result_of(kill(-group, 0)));
}

static void one_that_executes(char **arguments) {
    char *again[] = {arguments[0], (char *)"wait", NULL};
    struct gate begun;
    make_gate(&begun);
    dup2(begun.ends[1], 9);
    pid_t child = start_child();
    if (child == 0) {
        execv("/proc/self/exe", again);
        end_child(1);
    }
    pass_gate(&begun);
    printf("a child that has executed: %d\n", result_of(setpgid(child, 0)));
    kill(child, SIGKILL);
    end_of(child);
}

int main(int count, char **arguments) {
    if (count > 1) {
        write(9, "!", 1);
        pause();
    }
    first_of_a_group();
    leader_of_a_session();
    members();
    one_that_executes(arguments);
    return 0;
}
