// SPDX-License-Identifier: 0BSD
// The calls of System V semaphores and message queues by their own numbers.
#pragma once

#include "child_process.h"
#include "linux_raw_call.h"

enum { NR_IPC = 117, NR_SEMGET = 393, NR_SEMCTL, NR_MSGGET = 399, NR_MSGSND, NR_MSGRCV, NR_MSGCTL, NR_SEMTIMEDOP = 420 };
enum { CALL_SEMOP = 1, CALL_SEMGET, CALL_SEMCTL, CALL_SEMTIMEDOP };
enum { CALL_MSGSND = 11, CALL_MSGRCV, CALL_MSGGET, CALL_MSGCTL };
enum { IPC_CREAT = 01000, IPC_EXCL = 02000, IPC_NOWAIT = 04000, IPC_64 = 0x100 };
enum { IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO };
enum { GETPID = 11, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL, SEM_STAT, SEM_INFO, SEM_STAT_ANY };
enum { MSG_STAT = 11, MSG_INFO, MSG_STAT_ANY, MSG_NOERROR = 010000, MSG_EXCEPT = 020000, MSG_COPY = 040000 };
enum { SEM_UNDO = 0x1000 };

struct operation {
    unsigned short number;
    short change, flags;
};

struct permissions {
    unsigned key, uid, gid, creator_uid, creator_gid;
    unsigned short mode, pad1, sequence, pad2;
    unsigned unused[2];
};
struct old_permissions {
    unsigned key;
    unsigned short uid, gid, creator_uid, creator_gid, mode, sequence;
};

struct set_status {
    struct permissions permissions;
    unsigned operated, operated_high, changed, changed_high, count, unused[2];
};
struct old_set_status {
    struct old_permissions permissions;
    unsigned operated, changed, pointers[4];
    unsigned short count, pad;
};

struct queue_status {
    struct permissions permissions;
    unsigned sent, sent_high, received, received_high, changed, changed_high;
    unsigned bytes, messages, most_bytes;
    int last_sender, last_receiver;
    unsigned unused[2];
};
struct old_queue_status {
    struct old_permissions permissions;
    unsigned pointers[2], sent, received, changed, unused[2];
    unsigned short bytes, messages, most_bytes, last_sender, last_receiver, pad;
};

static inline void show(const char *what, int result) {
    printf("%s: %d\n", what, result);
}

/// A key that no other program has, and that a child knows.
static inline unsigned key_of(int pid, unsigned number) {
    return 0x52000000 | (unsigned)pid << 4 | number;
}

static inline int semget(unsigned key, unsigned count, int flags) {
    return CALL(NR_SEMGET, key, count, (unsigned)flags);
}

static inline int semctl(int id, unsigned number, int command, unsigned argument) {
    return CALL(NR_SEMCTL, (unsigned)id, number, (unsigned)command, argument);
}

static inline int semops(int id, struct operation *operations, unsigned count) {
    return CALL(NR_SEMTIMEDOP, (unsigned)id, P(operations), count, 0);
}

static inline int semop(int id, int number, int change, int flags) {
    struct operation operation = {(unsigned short)number, (short)change, (short)flags};
    return semops(id, &operation, 1);
}

static inline int value_of(int id, unsigned number) {
    return semctl(id, number, GETVAL, 0);
}

/// Once so many wait for the semaphore to grow, or for its zero.
static inline void until_waiting(int id, unsigned number, int command, int count) {
    while (semctl(id, number, command, 0) != count)
        rest(1);
}
