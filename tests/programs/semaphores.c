// SPDX-License-Identifier: 0BSD
// System V semaphores: operations that are done together or not at all, who waits for whom, and what an end undoes.
#include "ipc_probe.h"

static void show_values(const char *what, int id, int count) {
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %d", value_of(id, (unsigned)i));
    printf("\n");
}

static void getting(void) {
    unsigned key = key_of(getpid(), 1);
    int id = semget(key, 3, IPC_CREAT | 0640);
    show("made", id >= 0);
    show("the same by its key", semget(key, 0, 0) == id);
    show("with more", semget(key, 4, 0));
    show("with fewer", semget(key, 2, IPC_CREAT) == id);
    show("only a new one", semget(key, 3, IPC_CREAT | IPC_EXCL));
    show("no such key", semget(key + 1, 1, 0));
    show("none in it", semget(key + 1, 0, IPC_CREAT));
    show("too many", semget(key + 1, 32001, IPC_CREAT));
    show("negative", semget(0, ~0u, IPC_CREAT));
    show_values("new", id, 3);
    show("removed", semctl(id, 0, IPC_RMID, 0));
    show("removed twice", semctl(id, 0, IPC_RMID, 0));
    show("value of nothing", value_of(id, 0));
    show("operation on nothing", semop(id, 0, 1, 0));
}

static void operating(int id) {
    show("up by 5", semop(id, 0, 5, 0));
    show("down by 2", semop(id, 0, -2, 0));
    show("down by 4 without waiting", semop(id, 0, -4, IPC_NOWAIT));
    show("zero of another", semop(id, 1, 0, 0));
    show("zero without waiting", semop(id, 0, 0, IPC_NOWAIT));
    show("no such semaphore", semop(id, 3, 1, 0));
    show("too large", semop(id, 0, 32767, 0));
    show("as large as can be", semop(id, 1, 32767, 0));
    show("none", semops(id, NULL, 0));
    show("too many", semops(id, NULL, 501));
    show("from nowhere", semops(id, (void *)16, 1));
    show("a bad id", semop(-1, 0, 1, 0));
    struct operation both[3] = {{0, -3, 0}, {2, 1, 0}, {1, 1, IPC_NOWAIT}};
    show("the last fails", semops(id, both, 3));
    show_values("as before", id, 3);
    struct operation twice[3] = {{0, -3, 0}, {0, 0, 0}, {0, 2, 0}};
    show("one after the other", semops(id, twice, 3));
    show_values("after", id, 3);
    struct operation first_waits[2] = {{2, -1, IPC_NOWAIT}, {9, 1, 0}};
    show("a bad number counts before", semops(id, first_waits, 2));
}

static void setting(int id) {
    unsigned short values[3] = {7, 8, 9}, bad[3] = {1, 32768, 1}, got[3] = {0};
    show("set one", semctl(id, 1, SETVAL, 4));
    show("set too large", semctl(id, 1, SETVAL, 32768));
    show("set negative", semctl(id, 1, SETVAL, ~0u));
    show("set no such", semctl(id, 3, SETVAL, 1));
    show("set too large in none", semctl(77777777, 3, SETVAL, 40000));
    show("set all", semctl(id, 0, SETALL, P(values)));
    show("set all too large", semctl(id, 0, SETALL, P(bad)));
    show("set all from nowhere", semctl(id, 0, SETALL, 16));
    show("get all", semctl(id, 0, GETALL, P(got)));
    printf("%d %d %d\n", got[0], got[1], got[2]);
    show("get all to nowhere", semctl(id, 0, GETALL, 16));
    show("who was last", semctl(id, 0, GETPID, 0) == getpid());
    show("who waits", semctl(id, 0, GETNCNT, 0));
    show("of no such", semctl(id, 3, GETNCNT, 0));
    show("unknown command", semctl(id, 0, 99, 0));
    show("negative id", semctl(-1, 0, GETVAL, 0));
}

static void show_status(const char *what, int id) {
    struct set_status s;
    memset(&s, 0x55, sizeof s);
    int result = semctl(id, 0, IPC_STAT, P(&s));
    printf("%s: %d, key %d, mode %o, count %u, owner %u %u %u %u, high %u %u\n", what, result,
           s.permissions.key == 0, s.permissions.mode, s.count, s.permissions.uid, s.permissions.gid,
           s.permissions.creator_uid, s.permissions.creator_gid, s.operated_high, s.changed_high);
}

static void telling(void) {
    int id = semget(0, 2, 01634);
    show_status("new", id);
    struct set_status s;
    semctl(id, 0, IPC_STAT, P(&s));
    s.permissions.mode = 07444, s.permissions.uid = 1000, s.permissions.gid = 2000, s.count = 9;
    show("set", semctl(id, 0, IPC_SET, P(&s)));
    show_status("set", id);
    show("set from nowhere", semctl(id, 0, IPC_SET, 16));
    show("told to nowhere", semctl(id, 0, IPC_STAT, 16));
    unsigned limits[10];
    int last = semctl(0, 0, SEM_INFO, P(limits)), found = 0;
    for (int index = 0; index <= last; index++)
        found += semctl(index, 0, SEM_STAT, P(&s)) == id;
    show("by its place", found);
    show("sets", limits[7] >= 1);
    show("limits", semctl(0, 0, IPC_INFO, P(limits)) >= 0);
    printf("of a set %u, operations %u, largest %u %u\n", limits[4], limits[5], limits[8], limits[9]);
    semctl(id, 0, IPC_RMID, 0);
}

static void by_one_call(void) {
    int id = CALL(NR_IPC, CALL_SEMGET, 0, 2, 0600);
    unsigned value = 6, none = 0;
    struct operation down = {0, -1, IPC_NOWAIT};
    int second[2] = {0, 0}, bad[2] = {0, 1000000000};
    struct old_set_status old;
    struct set_status wide;
    unsigned place = P(&old);
    show("made", id >= 0);
    show("set", CALL(NR_IPC, CALL_SEMCTL, (unsigned)id, 0, SETVAL, P(&value)));
    show("operated", CALL(NR_IPC, CALL_SEMOP, (unsigned)id, 1, 0, P(&down)));
    show("operated in time", CALL(NR_IPC, CALL_SEMTIMEDOP, (unsigned)id, 1, 0, P(&down), P(second)));
    show("value", CALL(NR_IPC, CALL_SEMCTL, (unsigned)id, 0, GETVAL, P(&none)));
    show("without an argument", CALL(NR_IPC, CALL_SEMCTL, (unsigned)id, 0, GETVAL, 0));
    show("told", CALL(NR_IPC, CALL_SEMCTL, (unsigned)id, 0, IPC_STAT, P(&place)));
    printf("old: mode %o, count %u\n", old.permissions.mode, old.count);
    place = P(&wide);
    show("told more", CALL(NR_IPC, CALL_SEMCTL, (unsigned)id, 0, IPC_STAT | IPC_64, P(&place)));
    printf("wide: mode %o, count %u\n", wide.permissions.mode, wide.count);
    down.flags = 0, down.change = -9, second[1] = 1000000;
    show("too late", CALL(NR_IPC, CALL_SEMTIMEDOP, (unsigned)id, 1, 0, P(&down), P(second)));
    show("no time", CALL(NR_IPC, CALL_SEMTIMEDOP, (unsigned)id, 1, 0, P(&down), P(bad)));
    show("time from nowhere", CALL(NR_IPC, CALL_SEMTIMEDOP, (unsigned)id, 1, 0, P(&down), 16));
    show("removed", CALL(NR_IPC, CALL_SEMCTL, (unsigned)id, 0, IPC_RMID, P(&none)));
}

int main(void) {
    getting();
    int id = semget(0, 3, 0600);
    operating(id);
    setting(id);
    semctl(id, 0, IPC_RMID, 0);
    telling();
    by_one_call();
    return 0;
}
