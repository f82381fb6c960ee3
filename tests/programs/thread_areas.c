// SPDX-License-Identifier: 0BSD
// Thread areas: each thread sees its own through one and the same selector, whoever ran in between; and what becomes of a
// selector whose area changes or goes.
#include "child_process.h"
#include "linux_raw_call.h"
#include <sys/mman.h>

enum {
    NR_SCHED_YIELD = 158,
    NR_SET_THREAD_AREA = 243,
    NR_GET_THREAD_AREA = 244,
    NR_EXIT = 1,
    THREADS = 3,
    STACK = 16384,
};
#define THREAD 0x50f00u // VM, FS, FILES, SIGHAND, THREAD, SYSVSEM
#define SETTLS 0x80000u
#define ANY_FREE 0xffffffffu

struct area {
    unsigned entry, base, limit, flags;
};
enum { PAGES_AND_USABLE = 0x51, EMPTY = 0x28 }; // seg_32bit, limit_in_pages, useable; read_exec_only, seg_not_present

static unsigned words[THREADS + 2], entry;
static volatile unsigned seen[THREADS], wrong[THREADS], turns[THREADS];

static struct area area_at(unsigned *word) {
    return (struct area){.entry = entry, .base = P(word), .limit = 0xfffff, .flags = PAGES_AND_USABLE};
}

static unsigned by_selector(void) {
    unsigned value;
    __asm__ volatile("movl %%gs:0, %0" : "=r"(value));
    return value;
}

static unsigned selector(void) {
    unsigned short value;
    __asm__ volatile("movw %%gs, %0" : "=r"(value));
    return value;
}

static void load(unsigned value) {
    __asm__ volatile("movw %w0, %%gs" ::"r"(value));
}

void look(unsigned number) {
    seen[number] = by_selector();
    while (turns[number] < 50) {
        turns[number]++;
        wrong[number] += by_selector() != seen[number];
        CALL(NR_SCHED_YIELD);
    }
    CALL(NR_EXIT, 0);
}

// The new thread looks, and does not return.
unsigned clone_thread(unsigned flags, void *stack, void *area, unsigned number);
__asm__(".text\n"
        "clone_thread:\n"
        "    pushl %ebx\n"
        "    pushl %esi\n"
        "    pushl %edi\n"
        "    movl $120, %eax\n"
        "    movl 16(%esp), %ebx\n"
        "    movl 20(%esp), %ecx\n"
        "    xorl %edx, %edx\n"
        "    movl 24(%esp), %esi\n"
        "    movl 28(%esp), %edi\n"
        "    int $0x80\n"
        "    testl %eax, %eax\n"
        "    jnz 1f\n"
        "    pushl %edi\n"
        "    call look\n"
        "1:  popl %edi\n"
        "    popl %esi\n"
        "    popl %ebx\n"
        "    ret\n");

static void start(unsigned number) {
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct area area = area_at(&words[number]);
    printf("thread %u starts: %d\n", number, clone_thread(THREAD | SETTLS, stack + STACK - 64, &area, number) > 0);
}

static void threads(void) {
    for (unsigned number = 0; number < THREADS; number++)
        start(number);
    unsigned mine = by_selector(), mistakes = 0;
    for (int done = 0; done < THREADS;) {
        CALL(NR_SCHED_YIELD);
        mistakes += by_selector() != mine;
        done = 0;
        for (unsigned number = 0; number < THREADS; number++)
            done += turns[number] == 50;
    }
    printf("the first thread sees %u, wrong %u\n", mine, mistakes);
    for (unsigned number = 0; number < THREADS; number++)
        printf("thread %u saw %u, wrong %u\n", number, seen[number], wrong[number]);
}

static void a_child(void) {
    struct area other = area_at(&words[THREADS + 1]);
    pid_t child = start_child();
    if (child == 0) {
        printf("a child sees %u\n", by_selector());
        CALL(NR_SET_THREAD_AREA, P(&other));
        printf("and, changed for itself, %u\n", by_selector());
        end_child(0);
    }
    end_of(child);
    printf("its parent sees %u\n", by_selector());
}

static void changed(void) {
    struct area other = area_at(&words[THREADS + 1]), empty = {.entry = entry, .flags = EMPTY}, told = {.entry = entry};
    printf("changed: %d\n", CALL(NR_SET_THREAD_AREA, P(&other)));
    printf("seen without loading it: %u\n", by_selector());
    CALL(NR_GET_THREAD_AREA, P(&told));
    printf("told: %d\n", told.base == other.base);
    printf("emptied: %d\n", CALL(NR_SET_THREAD_AREA, P(&empty)));
    printf("the selector is null: %d\n", (selector() & ~3u) == 0);
}

int main(void) {
    for (unsigned i = 0; i < THREADS + 2; i++)
        words[i] = 100 + i;
    entry = ANY_FREE;
    struct area first = area_at(&words[THREADS]);
    unsigned before = selector();
    printf("set: %d\n", CALL(NR_SET_THREAD_AREA, P(&first)));
    entry = first.entry;
    load(entry * 8 + 3);
    threads();
    a_child();
    changed();
    load(before);
    return 0;
}
