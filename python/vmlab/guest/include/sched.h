// SPDX-License-Identifier: 0BSD
#pragma once

#define CLONE_VM 0x100
#define CLONE_FS 0x200
#define CLONE_FILES 0x400
#define CLONE_SIGHAND 0x800
#define CLONE_VFORK 0x4000
#define CLONE_PARENT 0x8000
#define CLONE_THREAD 0x10000
#define CLONE_SYSVSEM 0x40000
#define CLONE_SETTLS 0x80000
#define CLONE_PARENT_SETTID 0x100000
#define CLONE_CHILD_CLEARTID 0x200000
#define CLONE_CHILD_SETTID 0x1000000

// What follows the argument: where the parent is told the new thread's id, the thread's segment, and where the thread is.
int clone(int (*function)(void *), void *stack, int flags, void *argument, ...);
int sched_yield(void);
