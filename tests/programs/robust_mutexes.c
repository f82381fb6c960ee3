// SPDX-License-Identifier: 0BSD
// Robust mutexes: who ends with one of them in its list leaves it marked, and one that waits is woken.
#include "child_process.h"
#include "futex_locks.h"

#define WAITERS 0x80000000u
#define OWNER_DIED 0x40000000u

struct entry {
    struct entry *next;
    volatile unsigned word; // the owner's id, and the two bits
};

struct head {
    struct entry *first;
    long distance; // from an entry to its word
    struct entry *pending;
};

static struct shared {
    struct entry mutexes[4];
    struct head head;
    volatile int waiting;
} *shared;

static void begin_list(void) {
    shared->head = (struct head){(struct entry *)&shared->head, offsetof(struct entry, word), NULL};
    syscall(SYS_set_robust_list, &shared->head, sizeof shared->head);
}

static void take(int which) {
    shared->mutexes[which].word = (unsigned)syscall(SYS_gettid);
    shared->mutexes[which].next = shared->head.first;
    shared->head.first = &shared->mutexes[which];
}

static void show(const char *what, unsigned owner) {
    printf("%s:", what);
    for (int i = 0; i < 4; i++) {
        unsigned word = shared->mutexes[i].word, id = word & ~(WAITERS | OWNER_DIED);
        printf(" %s%s%s", word & WAITERS ? "W" : "", word & OWNER_DIED ? "D" : "",
               id == 0       ? "-"
               : id == owner ? "o"
                             : "?");
    }
    printf("\n");
    memset(shared, 0, sizeof *shared);
}

static void by_its_end(const char *what, void (*end)(void)) {
    pid_t child = start_child();
    if (child == 0) {
        begin_list();
        take(0);
        take(2);
        shared->mutexes[1].word = (unsigned)getpid(); // taken, but not in the list
        end();
    }
    end_of(child);
    show(what, (unsigned)child);
}

static void exit_plainly(void) {
    _exit(0);
}

static void be_killed(void) {
    kill(getpid(), SIGKILL);
}

static void fault(void) {
    *(volatile int *)4 = 1;
}

static char **own_arguments;

static void execute(void) {
    char *again[] = {own_arguments[0], (char *)"end", NULL};
    execv("/proc/self/exe", again);
}

static void somebody_waits(void) {
    pid_t owner = start_child();
    if (owner == 0) {
        begin_list();
        take(3);
        while (shared->waiting == 0)
            sched_yield();
        rest(50);
        _exit(0);
    }
    while (shared->mutexes[3].word == 0)
        sched_yield();
    unsigned seen = shared->mutexes[3].word | WAITERS;
    shared->mutexes[3].word = seen;
    shared->waiting = 1;
    long result = futex(&shared->mutexes[3].word, FUTEX_WAIT, seen, 0, NULL, 0);
    printf("woken: %ld\n", result);
    end_of(owner);
    show("the mutex", (unsigned)owner);
}

static void one_that_is_pending(void) {
    pid_t child = start_child();
    if (child == 0) {
        begin_list();
        shared->head.pending = &shared->mutexes[1]; // taken, and not yet in the list
        shared->mutexes[1].word = (unsigned)getpid();
        _exit(0);
    }
    end_of(child);
    show("pending", (unsigned)child);
}

static void odd_lists(void) {
    pid_t child = start_child();
    if (child == 0) {
        begin_list();
        take(0);
        shared->mutexes[0].next = &shared->mutexes[0]; // a ring that never comes back
        _exit(0);
    }
    printf("endless: %x\n", (unsigned)end_of(child));
    show("endless", (unsigned)child);
    child = start_child();
    if (child == 0) {
        begin_list();
        take(1);
        shared->mutexes[1].next = (struct entry *)16;
        take(0);
        _exit(0);
    }
    printf("to nowhere: %x\n", (unsigned)end_of(child));
    show("to nowhere", (unsigned)child);
    child = start_child();
    if (child == 0) {
        begin_list();
        syscall(SYS_set_robust_list, 16, sizeof(struct head));
        take(0);
        _exit(0);
    }
    printf("no list at all: %x\n", (unsigned)end_of(child));
    show("no list", (unsigned)child);
}

static void calls(void) {
    void *head = NULL;
    size_t size = 0;
    begin_list();
    printf("told: %ld %d %d\n", syscall(SYS_get_robust_list, 0, &head, &size), head == &shared->head, (int)size);
    printf("of me by id: %ld\n", syscall(SYS_get_robust_list, getpid(), &head, &size));
    printf("of nobody: %d, another size: %d, bad address: %d\n",
           result_of((int)syscall(SYS_get_robust_list, 999999, &head, &size)),
           result_of((int)syscall(SYS_set_robust_list, &shared->head, 8)),
           result_of((int)syscall(SYS_get_robust_list, 0, 16, &size)));
    pid_t child = start_child();
    if (child == 0) {
        syscall(SYS_get_robust_list, 0, &head, &size);
        printf("a child has none: %d\n", head == NULL);
        end_child(0);
    }
    end_of(child);
}

int main(int count, char **arguments) {
    if (count > 1)
        return 0;
    own_arguments = arguments;
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    by_its_end("exit", exit_plainly);
    by_its_end("killed", be_killed);
    by_its_end("fault", fault);
    by_its_end("execve", execute);
    somebody_waits();
    one_that_is_pending();
    odd_lists();
    calls();
    return 0;
}
