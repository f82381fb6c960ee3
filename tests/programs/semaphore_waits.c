// SPDX-License-Identifier: 0BSD
// Who waits for a semaphore, in which row, and how that ends: by another's operation, a time, a signal, an end, a removal.
#include "ipc_probe.h"

#define ALARM 10 // SIGUSR1

static int set;

// A child that makes these operations and tells what they returned.
static pid_t operating_child(const char *what, struct operation *operations, unsigned count) {
    pid_t child = start_child();
    if (child == 0) {
        int result = semops(set, operations, count);
        printf("%s: %d\n", what, result);
        end_child(0);
    }
    return child;
}

static pid_t child_with(const char *what, int number, int change, int flags) {
    struct operation operation = {(unsigned short)number, (short)change, (short)flags};
    return operating_child(what, &operation, 1);
}

static void in_a_row(void) {
    pid_t first = child_with("first, down by 2", 0, -2, 0);
    until_waiting(set, 0, GETNCNT, 1);
    pid_t second = child_with("second, down by 1", 0, -1, 0);
    until_waiting(set, 0, GETNCNT, 2);
    pid_t zero = child_with("zero", 1, 0, 0);
    show("waits for zero that is there", end_of(zero));
    int result = semop(set, 0, 1, 0);
    end_of(second);
    show("up by 1", result);
    printf("value %d, waiting %d\n", value_of(set, 0), semctl(set, 0, GETNCNT, 0));
    result = semop(set, 0, 3, 0);
    int at_once = value_of(set, 0);
    end_of(first);
    printf("up by 3: %d, value at once %d\n", result, at_once);
    show("who was last", semctl(set, 0, GETPID, 0) == first);
    semctl(set, 0, SETVAL, 0);
}

static void for_zero(void) {
    semctl(set, 0, SETVAL, 2);
    pid_t zero = child_with("zero", 0, 0, 0);
    until_waiting(set, 0, GETZCNT, 1);
    show("not yet", semop(set, 0, -1, 0));
    show("waiting", semctl(set, 0, GETZCNT, 0));
    int result = semop(set, 0, -1, 0);
    end_of(zero);
    show("now", result);
    semctl(set, 0, SETVAL, 2);
    zero = child_with("zero by setting", 0, 0, 0);
    until_waiting(set, 0, GETZCNT, 1);
    unsigned short values[3] = {0, 0, 0};
    result = semctl(set, 0, SETALL, P(values));
    end_of(zero);
    show("set", result);
}

static void together(void) {
    struct operation both[2] = {{0, -1, 0}, {1, -1, 0}};
    pid_t child = operating_child("both", both, 2);
    until_waiting(set, 0, GETNCNT, 1);
    show("the first", semop(set, 0, 1, 0));
    show("waits for the second", semctl(set, 1, GETNCNT, 0));
    show("and no more for the first", semctl(set, 0, GETNCNT, 0));
    show("value", value_of(set, 0));
    int result = semop(set, 1, 1, 0);
    end_of(child);
    show("the second", result);
    printf("values %d %d\n", value_of(set, 0), value_of(set, 1));
    struct operation or_not[2] = {{0, -1, 0}, {1, -1, IPC_NOWAIT}};
    child = operating_child("the second would wait", or_not, 2);
    until_waiting(set, 0, GETNCNT, 1);
    result = semop(set, 0, 1, 0);
    end_of(child);
    show("the first", result);
    show("value", value_of(set, 0));
    semctl(set, 0, SETVAL, 0);
}

static void note(int number) {
    printf("signal %d\n", number);
}

static void ends(void) {
    struct operation down = {0, -1, 0};
    long long soon[2] = {0, 5000000}, never[2] = {-1, 0}, bad[2] = {0, 1000000000};
    show("too late", CALL(NR_SEMTIMEDOP, (unsigned)set, P(&down), 1, P(soon)));
    show("negative time", CALL(NR_SEMTIMEDOP, (unsigned)set, P(&down), 1, P(never)));
    show("no time", CALL(NR_SEMTIMEDOP, (unsigned)set, P(&down), 1, P(bad)));
    for (int restarts = 0; restarts < 2; restarts++) {
        pid_t child = start_child();
        if (child == 0) {
            handle_with(ALARM, note, restarts ? SA_RESTART : 0);
            show("interrupted", semop(set, 0, -1, 0));
            end_child(0);
        }
        until_waiting(set, 0, GETNCNT, 1);
        kill(child, ALARM);
        end_of(child);
    }
    pid_t child = child_with("never told", 0, -1, SEM_UNDO);
    until_waiting(set, 0, GETNCNT, 1);
    kill(child, SIGKILL);
    show("killed", end_of(child));
    show("waiting", semctl(set, 0, GETNCNT, 0));
    child = child_with("stopped and going on", 0, -1, 0);
    until_waiting(set, 0, GETNCNT, 1);
    kill(child, SIGSTOP);
    int status;
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    end_of(child);
}

static void undoing(void) {
    semctl(set, 0, SETVAL, 5);
    semctl(set, 1, SETVAL, 0);
    pid_t child = start_child();
    if (child == 0) {
        semop(set, 0, -3, SEM_UNDO);
        semop(set, 1, 2, SEM_UNDO);
        semop(set, 1, 1, 0);
        pid_t grandchild = start_child();
        if (grandchild == 0) {
            semop(set, 0, -1, SEM_UNDO);
            end_child(0);
        }
        end_of(grandchild);
        printf("before the end: %d %d\n", value_of(set, 0), value_of(set, 1));
        end_child(0);
    }
    end_of(child);
    printf("after: %d %d, last the child %d\n", value_of(set, 0), value_of(set, 1), semctl(set, 0, GETPID, 0) == child);
    child = start_child();
    if (child == 0) {
        semop(set, 0, -3, SEM_UNDO);
        semctl(set, 0, SETVAL, 1);
        semop(set, 1, 32000, SEM_UNDO);
        show("undone too much", semop(set, 1, -30000, 0));
        show("more than can be undone", semop(set, 1, 30000, SEM_UNDO));
        end_child(0);
    }
    end_of(child);
    printf("what was set stays: %d, none is negative: %d\n", value_of(set, 0), value_of(set, 1));
    semctl(set, 0, SETVAL, 0);
    pid_t waits = child_with("got what was undone", 0, -1, 0);
    until_waiting(set, 0, GETNCNT, 1);
    child = start_child();
    if (child == 0) {
        semctl(set, 0, SETVAL, 0);
        struct operation up_and_down[2] = {{0, 3, 0}, {0, -3, SEM_UNDO}};
        semops(set, up_and_down, 2);
        kill(getpid(), SIGKILL);
    }
    end_of(child);
    end_of(waits);
    show("left", value_of(set, 0));
}

// A child with its parent's list: its end alone undoes nothing.
static void undoing_together(void) {
    enum { NR_CLONE = 120, SHARE_UNDO = 0x40000 };
    pid_t holder = start_child();
    if (holder == 0) {
        pid_t sharer = CALL(NR_CLONE, SHARE_UNDO | SIGCHLD, 0, 0, 0, 0);
        if (sharer == 0) {
            semop(set, 2, 4, SEM_UNDO);
            _exit(0);
        }
        end_of(sharer);
        show("after the first end", value_of(set, 2));
        end_child(0);
    }
    end_of(holder);
    show("after the last", value_of(set, 2));
}

static void removing(void) {
    pid_t one = child_with("removed", 0, -9, 0);
    until_waiting(set, 0, GETNCNT, 1);
    int result = semctl(set, 0, IPC_RMID, 0);
    end_of(one);
    show("remove", result);
}

int main(void) {
    set = semget(0, 3, 0600);
    in_a_row();
    for_zero();
    together();
    ends();
    undoing();
    undoing_together();
    removing();
    return 0;
}
