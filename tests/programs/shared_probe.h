// SPDX-License-Identifier: 0BSD
// The calls of System V shared memory by their own numbers.
#pragma once

#include "memory_probe.h"

enum { NR_IPC = 117, NR_SHMGET = 395, NR_SHMCTL, NR_SHMAT, NR_SHMDT };
enum { IPC_CREAT = 01000, IPC_EXCL = 02000, IPC_RMID = 0, IPC_SET, IPC_STAT, IPC_INFO };
enum { SHM_RDONLY = 010000, SHM_RND = 020000, SHM_REMAP = 040000, SHM_EXEC = 0100000 };
enum { SHM_LOCK = 11, SHM_UNLOCK, SHM_STAT, SHM_INFO, SHM_STAT_ANY };
enum { SHM_DEST = 01000, SHM_LOCKED = 02000, IPC_64 = 0x100 };
enum { CALL_SHMAT = 21, CALL_SHMDT, CALL_SHMGET, CALL_SHMCTL };

struct segment_status {
    unsigned key, uid, gid, creator_uid, creator_gid;
    unsigned short mode, pad1, sequence, pad2;
    unsigned unused[2];
    unsigned size, attached, attached_high, detached, detached_high, changed, changed_high;
    int creator, last;
    unsigned attachments, unused2[2];
};

static inline int shmget(unsigned key, unsigned size, int flags) {
    return CALL(NR_SHMGET, key, size, (unsigned)flags);
}

static inline char *shmat(int id, const void *at, int flags) {
    return (char *)CALL(NR_SHMAT, (unsigned)id, P(at), (unsigned)flags);
}

static inline int shmdt(const void *at) {
    return CALL(NR_SHMDT, P(at));
}

static inline int shmctl(int id, int command, void *buffer) {
    return CALL(NR_SHMCTL, (unsigned)id, (unsigned)command, P(buffer));
}

/// A key that no other program has, and that a child knows.
static inline unsigned key_of(int pid, unsigned number) {
    return 0x51000000 | (unsigned)pid << 4 | number;
}

static inline int attachments(int id) {
    struct segment_status status;
    int result = shmctl(id, IPC_STAT, &status);
    return result < 0 ? result : (int)status.attachments;
}
