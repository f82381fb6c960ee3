// SPDX-License-Identifier: 0BSD
// nice, getpriority and setpriority: bounds, groups, inheritance, and who is named.
#include "child_process.h"
#include <sys/resource.h>

static int priority(int which, int who) {
    errno = 0;
    int value = getpriority(which, who);
    return errno != 0 ? 1000 + errno : value;
}

int main(void) {
    int first = priority(PRIO_PROCESS, 0);
    printf("as pid: %d\n", priority(PRIO_PROCESS, getpid()) == first);
    printf("set: %d, is %d\n", setpriority(PRIO_PROCESS, 0, 4), priority(PRIO_PROCESS, 0));
    printf("nice: %d %d\n", nice(3), nice(0));
    printf("too nice: %d\n", nice(100));
    printf("not nice at all: %d, then %d\n", nice(-1000), nice(5));
    printf("beyond: %d, is %d\n", setpriority(PRIO_PROCESS, 0, 77), priority(PRIO_PROCESS, 0));
    printf("below: %d, is %d\n", setpriority(PRIO_PROCESS, 0, -77), priority(PRIO_PROCESS, 0));
    setpriority(PRIO_PROCESS, 0, 6);
    pid_t one = waiting_child(), other = waiting_child();
    setpgid(one, one);
    setpgid(other, one);
    printf("inherited: %d\n", priority(PRIO_PROCESS, one));
    setpriority(PRIO_PROCESS, other, 2);
    printf("of the group the least: %d\n", priority(PRIO_PGRP, one));
    printf("the group: %d, is %d %d, mine %d\n", setpriority(PRIO_PGRP, one, 9), priority(PRIO_PROCESS, one),
           priority(PRIO_PROCESS, other), priority(PRIO_PROCESS, 0));
    kill(one, SIGKILL);
    kill(other, SIGKILL);
    end_of(one);
    end_of(other);
    printf("nobody: %d %d\n", priority(PRIO_PROCESS, one), priority(PRIO_PGRP, one));
    printf("nobody to set: %d, unknown kind %d %d\n", result_of(setpriority(PRIO_PROCESS, one, 1)),
           result_of(setpriority(9, 0, 1)), priority(3, 0));
    return 0;
}
