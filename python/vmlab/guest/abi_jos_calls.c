// SPDX-License-Identifier: 0BSD
// What of the standard headers a program can have on JOS, whose kernel gives it pages and no more: lab 4's for all but output.
// fork() copies on write, by the program's own page-fault handler.
#include <errno.h>
#include <jos.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096U
#define ENTRIES 1024U
#define HEAP 0x10000000U
#define HEAP_LIMIT 0x20000000U
#define FAULT_WRITE 2U

void __jos_upcall(void);
void (*__jos_fault_handler)(struct UTrapframe *);

static char *heap_end = (char *)HEAP;

static int fail(int error) {
    errno = error;
    return -1;
}

// The console shows nothing behind a NUL.
ssize_t write(int fd, const void *bytes, size_t count) {
    if (fd != STDOUT_FILENO && fd != STDERR_FILENO)
        return fail(EBADF);
    sys_cputs(bytes, count);
    return (ssize_t)count;
}

// Waits for one byte, and gives no more: each is there as it is typed.
ssize_t read(int fd, void *bytes, size_t count) {
    if (fd != STDIN_FILENO)
        return fail(EBADF);
    if (count == 0)
        return 0;
    int typed;
    while ((typed = sys_cgetc()) == 0)
        sys_yield();
    *(char *)bytes = (char)typed;
    return 1;
}

void _exit(int status) {
    (void)status; // JOS keeps none
    for (;;)
        sys_env_destroy(0);
}

pid_t getpid(void) {
    return (pid_t)sys_getenvid();
}

int sched_yield(void) {
    sys_yield();
    return 0;
}

int isatty(int fd) {
    return fd >= STDIN_FILENO && fd <= STDERR_FILENO;
}

// Nobody is told of an end: it shows in the table of environments. Only for a child that is named.
pid_t waitpid(pid_t child, int *status, int options) {
    if (child <= 0 || options != 0)
        return fail(EINVAL);
    const volatile struct Env *env = &envs[ENVX((uint32_t)child)];
    while (env->env_id == (uint32_t)child && env->env_status != ENV_FREE)
        sys_yield();
    if (status != NULL)
        *status = 0;
    return child;
}

void *sbrk(intptr_t change) {
    char *old = heap_end, *wanted = old + change;
    if (wanted < (char *)HEAP || wanted > (char *)HEAP_LIMIT) {
        errno = ENOMEM;
        return (void *)-1;
    }
    for (uintptr_t page = ((uintptr_t)old + PAGE - 1) & ~(PAGE - 1); page < (uintptr_t)wanted; page += PAGE)
        if (sys_page_alloc(0, (void *)page, PTE_P | PTE_U | PTE_W) < 0) {
            errno = ENOMEM;
            return (void *)-1;
        }
    heap_end = wanted;
    return old;
}

void set_pgfault_handler(void (*handler)(struct UTrapframe *)) {
    if (__jos_fault_handler == NULL) {
        sys_page_alloc(0, (void *)(UXSTACKTOP - PAGE), PTE_P | PTE_U | PTE_W);
        sys_env_set_pgfault_upcall(0, __jos_upcall);
    }
    __jos_fault_handler = handler;
}

// The page becomes one of our own, with what was in it.
static void copy_on_write(struct UTrapframe *fault) {
    void *page = (void *)(fault->utf_fault_va & ~(PAGE - 1));
    if ((fault->utf_err & FAULT_WRITE) == 0 || (uvpd[fault->utf_fault_va >> 22] & PTE_P) == 0 ||
        (uvpt[fault->utf_fault_va / PAGE] & PTE_COW) == 0) {
        static const char SORRY[] = "a page fault that is no copy-on-write\n";
        sys_cputs(SORRY, sizeof SORRY);
        _exit(1);
    }
    if (sys_page_alloc(0, (void *)PFTEMP, PTE_P | PTE_U | PTE_W) < 0)
        _exit(1);
    memcpy((void *)PFTEMP, page, PAGE);
    sys_page_map(0, (void *)PFTEMP, 0, page, PTE_P | PTE_U | PTE_W);
    sys_page_unmap(0, (void *)PFTEMP);
}

static int share_page(uint32_t child, void *page, uint32_t entry) {
    uint32_t rights = PTE_P | PTE_U;
    if ((entry & PTE_SHARE) != 0)
        return sys_page_map(0, page, child, page, (int)(entry & (PTE_P | PTE_U | PTE_W | PTE_AVAIL)));
    if ((entry & (PTE_W | PTE_COW)) == 0)
        return sys_page_map(0, page, child, page, (int)rights);
    rights |= PTE_COW;
    int result = sys_page_map(0, page, child, page, (int)rights);
    return result < 0 ? result : sys_page_map(0, page, 0, page, (int)rights);
}

static int share_memory(uint32_t child) {
    for (uint32_t table = 0; table < UTOP >> 22; table++)
        for (uint32_t page = table * ENTRIES; (uvpd[table] & PTE_P) != 0 && page < (table + 1) * ENTRIES; page++) {
            uint32_t entry = uvpt[page];
            int shares = (entry & (PTE_P | PTE_U)) == (PTE_P | PTE_U) && page != (UXSTACKTOP - PAGE) / PAGE;
            if (shares && share_page(child, (void *)(page * PAGE), entry) < 0)
                return -1;
        }
    return 0;
}

pid_t fork(void) {
    set_pgfault_handler(copy_on_write);
    int child = sys_exofork();
    if (child == 0)
        return 0;
    if (child < 0)
        return fail(EAGAIN);
    uint32_t env = (uint32_t)child;
    if (share_memory(env) < 0 || sys_page_alloc(env, (void *)(UXSTACKTOP - PAGE), PTE_P | PTE_U | PTE_W) < 0 ||
        sys_env_set_pgfault_upcall(env, __jos_upcall) < 0 || sys_env_set_status(env, ENV_RUNNABLE) < 0) {
        sys_env_destroy(env);
        return fail(ENOMEM);
    }
    return child;
}
