// SPDX-License-Identifier: 0BSD
// System V shared memory by its rules: keys, places, rights, what is told of a segment, and which mistakes are told.
#include <fcntl.h>

#include "shared_probe.h"

static void getting(void) {
    int id = shmget(key_of(getpid(), 7), 5000, IPC_CREAT | 0640);
    printf("made: %d\n", id >= 0);
    show("the same by its key", shmget(key_of(getpid(), 7), 0, 0) == id);
    show("with a smaller size", shmget(key_of(getpid(), 7), 100, IPC_CREAT) == id);
    show("with its size", shmget(key_of(getpid(), 7), 5000, 0) == id);
    show("with a larger size", shmget(key_of(getpid(), 7), 5001, 0));
    show("only a new one", shmget(key_of(getpid(), 7), 5000, IPC_CREAT | IPC_EXCL));
    show("exclusive alone", shmget(key_of(getpid(), 7), 5000, IPC_EXCL) == id);
    show("no such key", shmget(key_of(getpid(), 8), PAGE, 0));
    show("of no size", shmget(key_of(getpid(), 8), 0, IPC_CREAT));
    show("of no size, private", shmget(0, 0, 0600));
    int one = shmget(0, PAGE, 0600), other = shmget(0, PAGE, 0600);
    printf("private ones differ: %d\n", one >= 0 && one != other);
    shmctl(one, IPC_RMID, NULL);
    shmctl(other, IPC_RMID, NULL);
    show("remove by a child's id", shmctl(id, IPC_RMID, NULL));
    show("removed", shmctl(id, IPC_RMID, NULL));
}

static void attaching(void) {
    int id = shmget(0, 2 * PAGE + 1, 0600);
    char *place = room(16);
    show("a place", shmat(id, place, 0) == place);
    printf("pages: %d%d\n", is_mapped(place + 2 * PAGE), is_mapped(place + 3 * PAGE));
    show("the same place", (int)P(shmat(id, place, 0)));
    show("in part", (int)P(shmat(id, place + 2 * PAGE, 0)));
    show("replaced", shmat(id, place, SHM_REMAP) == place);
    show("within a page", (int)P(shmat(id, place + 4 * PAGE + 5, 0)));
    show("rounded", shmat(id, place + 4 * PAGE + 5, SHM_RND) == place + 4 * PAGE);
    show("replaced anywhere", (int)P(shmat(id, NULL, SHM_REMAP)));
    show("rounded to nothing, replaced", (int)P(shmat(id, (char *)5, SHM_RND | SHM_REMAP)));
    show("beyond the end", (int)P(shmat(id, (char *)0xfffff000, 0)) < 0);
    show("a bad id", (int)P(shmat(0x7fffffff, NULL, 0)));
    show("a negative id", (int)P(shmat(-1, NULL, 0)));
    char *reads = shmat(id, NULL, SHM_RDONLY);
    show_access("to read", reads);
    show("to be written later", CALL(NR_MPROTECT, P(reads), PAGE, READ | WRITE));
    char *executes = shmat(id, NULL, SHM_EXEC);
    show_access("to execute", executes);
    show("detach within a page", shmdt(reads + 1));
    show("detach the second page", shmdt(reads + PAGE));
    show("detach other memory", shmdt(fresh(1)));
    show("detach nothing", shmdt(room(1)));
    printf("attached %d\n", attachments(id));
    shmctl(id, IPC_RMID, NULL);
}

static void show_status(const char *what, int id) {
    struct segment_status s;
    memset(&s, 0x55, sizeof s);
    int result = shmctl(id, IPC_STAT, &s);
    printf("%s: %d, key %d, mode %o, size %u, attached %u, owner %u %u %u %u, creator %d, last %d\n", what, result,
           s.key == key_of(getpid(), 9) ? 1 : s.key == 0 ? 0 : 2, s.mode, s.size, s.attachments, s.uid, s.gid, s.creator_uid, s.creator_gid, s.creator == getpid(),
           s.last == getpid() ? 1 : s.last == 0 ? 0 : 2);
    printf("times: high %u%u%u\n", s.attached_high, s.detached_high, s.changed_high);
}

static void telling(void) {
    int id = shmget(key_of(getpid(), 9), 5000, IPC_CREAT | 01634);
    show_status("new", id);
    char *memory = shmat(id, NULL, 0);
    show_status("attached", id);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        shmdt(memory);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    show_status("detached by a child", id);
    struct segment_status s;
    shmctl(id, IPC_STAT, &s);
    s.mode = 07444, s.uid = 1000, s.gid = 2000, s.size = 1, s.key = 5, s.creator_uid = 9;
    show("set", shmctl(id, IPC_SET, &s));
    show_status("set", id);
    show("set from nowhere", shmctl(id, IPC_SET, (void *)16));
    show("told to nowhere", shmctl(id, IPC_STAT, (void *)16));
    show("lock", shmctl(id, SHM_LOCK, NULL));
    show_status("locked", id);
    memory[0] = 'l';
    show("unlock", shmctl(id, SHM_UNLOCK, NULL));
    shmctl(id, IPC_RMID, NULL);
    show_status("removed", id);
    shmdt(memory);
    show("unknown command", shmctl(id, 77, NULL));
    show("command without id", shmctl(-1, IPC_STAT, &s));
    show("negative command", shmctl(id, -1, NULL));
    show("told of nobody", shmctl(0x7fffffff, IPC_STAT, &s));
    show("locked nobody", shmctl(0x7fffffff, SHM_LOCK, NULL));
}

static void by_index(void) {
    int id = shmget(0, PAGE, 0600), found = 0;
    struct segment_status s;
    unsigned information[14];
    int last = shmctl(0, SHM_INFO, information);
    for (int index = 0; index <= last; index++)
        found += shmctl(index, SHM_STAT, &s) == id && s.size == PAGE;
    printf("found %d, in use %d\n", found, information[0] >= 1);
    found = 0;
    for (int index = 0; index <= last; index++)
        found += shmctl(index, SHM_STAT_ANY, &s) == id;
    printf("any %d\n", found);
    printf("limits: %d, %u %u\n", shmctl(0, IPC_INFO, information) >= 0, information[1], information[2]);
    shmctl(id, IPC_RMID, NULL);
}

static void by_one_call(void) {
    unsigned place = 0;
    int id = CALL(NR_IPC, CALL_SHMGET, 0, 3 * PAGE, 0600);
    printf("made: %d\n", id >= 0);
    show("attach", CALL(NR_IPC, CALL_SHMAT, (unsigned)id, 0, P(&place), 0));
    printf("mapped: %d\n", is_mapped((char *)place));
    show("attach, told to nowhere", CALL(NR_IPC, CALL_SHMAT, (unsigned)id, 0, 16, 0));
    show("attach, version 1", CALL(NR_IPC, 0x10000 | CALL_SHMAT, (unsigned)id, 0, P(&place), 0));
    printf("attached: %d\n", attachments(id));
    struct segment_status s;
    show("status", CALL(NR_IPC, CALL_SHMCTL, (unsigned)id, IPC_STAT | IPC_64, 0, P(&s)));
    printf("size %u, attached %u\n", s.size, s.attachments);
    struct {
        unsigned key;
        unsigned short uid, gid, creator_uid, creator_gid, mode, sequence;
        unsigned size, attached, detached, changed;
        unsigned short creator, last, attachments, unused;
        unsigned unused2, unused3;
    } old;
    show("old status", CALL(NR_IPC, CALL_SHMCTL, (unsigned)id, IPC_STAT, 0, P(&old)));
    printf("size %u, attached %u, mode %o, creator %d\n", old.size, old.attachments, old.mode,
           old.creator == (getpid() & 0xffff));
    show("detach", CALL(NR_IPC, CALL_SHMDT, 0, 0, 0, place));
    show("remove", CALL(NR_IPC, CALL_SHMCTL, (unsigned)id, IPC_RMID, 0, 0));
    show("unknown", CALL(NR_IPC, 99, 0, 0, 0, 0));
}

int main(void) {
    getting();
    attaching();
    telling();
    by_index();
    by_one_call();
    return 0;
}
