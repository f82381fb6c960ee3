// SPDX-License-Identifier: 0BSD
// JOS for guests: its system calls by their names there, its places in memory, and the tables that it shows.
#pragma once

#include <stdint.h>

#define PTE_P 0x001
#define PTE_W 0x002
#define PTE_U 0x004
#define PTE_A 0x020
#define PTE_D 0x040
#define PTE_SHARE 0x400
#define PTE_COW 0x800
#define PTE_AVAIL 0xe00

#define PFTEMP 0x7ff000
#define UTEXT 0x800000
#define USTACKTOP 0xeebfe000
#define UXSTACKTOP 0xeec00000
#define UTOP 0xeec00000
#define UENVS 0xeec00000
#define UPAGES 0xef000000
#define UVPT 0xef400000

#define NENV 1024
#define ENVX(id) ((id) & (NENV - 1))

enum { ENV_TYPE_USER, ENV_TYPE_FS };
enum { ENV_FREE, ENV_DYING, ENV_RUNNABLE, ENV_RUNNING, ENV_NOT_RUNNABLE };
enum { E_BAD_ENV = 2, E_INVAL = 3, E_NO_MEM = 4, E_NO_FREE_ENV = 5, E_IPC_NOT_RECV = 7 };

struct Trapframe {
    uint32_t edi, esi, ebp, oesp, ebx, edx, ecx, eax;
    uint16_t es, padding1, ds, padding2;
    uint32_t trapno, err, eip;
    uint16_t cs, padding3;
    uint32_t eflags, esp;
    uint16_t ss, padding4;
};

// As the kernels of labs 4 and 5 lay it out; lab 3's ends with env_pgdir in the place of env_cpunum.
struct Env {
    struct Trapframe env_tf;
    uint32_t env_link;
    uint32_t env_id, env_parent_id;
    uint32_t env_type, env_status, env_runs;
    uint32_t env_cpunum;
    uint32_t env_pgdir;
    uint32_t env_pgfault_upcall;
    uint32_t env_ipc_recving, env_ipc_dstva, env_ipc_value, env_ipc_from, env_ipc_perm;
};

// Of one page frame: the next free one, and how many entries of page tables name it.
struct PageInfo {
    uint32_t pp_link;
    uint16_t pp_ref;
};

struct UTrapframe {
    uint32_t utf_fault_va, utf_err;
    uint32_t edi, esi, ebp, oesp, ebx, edx, ecx, eax;
    uint32_t utf_eip, utf_eflags, utf_esp;
};

#define envs ((const volatile struct Env *)UENVS)
#define pages ((const volatile struct PageInfo *)UPAGES)
#define uvpt ((const volatile uint32_t *)UVPT)
#define uvpd ((const volatile uint32_t *)(UVPT + (UVPT >> 10)))

void sys_cputs(const char *text, uint32_t length);
int sys_cgetc(void);
uint32_t sys_getenvid(void);
int sys_env_destroy(uint32_t env);
int sys_page_alloc(uint32_t env, void *va, int perm);
int sys_page_map(uint32_t from_env, void *from, uint32_t to_env, void *to, int perm);
int sys_page_unmap(uint32_t env, void *va);
int sys_env_set_status(uint32_t env, int status);
#ifdef __jos_lab5__
int sys_env_set_trapframe(uint32_t env, const struct Trapframe *frame);
#endif
int sys_env_set_pgfault_upcall(uint32_t env, void (*upcall)(void));
void sys_yield(void);
int sys_ipc_try_send(uint32_t env, uint32_t value, const void *page, int perm);
int sys_ipc_recv(void *page);

// A macro, for the child goes on with the parent's stack as it is when it gets a copy.
#define sys_exofork()                                                                  \
    __extension__({                                                                    \
        int made;                                                                      \
        __asm__ volatile("int $0x30" : "=a"(made) : "a"(7) : "memory");                \
        made;                                                                          \
    })

// Handles this environment's page faults from now on, on a stack of its own.
void set_pgfault_handler(void (*handler)(struct UTrapframe *));
