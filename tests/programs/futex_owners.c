// SPDX-License-Identifier: 0BSD
// Futexes that inherit priorities: whose the word says the lock is, who gets it next, and what an owner's end leaves.
#include "child_process.h"
#include "linux_raw_call.h"
#include <stddef.h>
#include <sys/mman.h>

enum { NR_GETTID = 224, NR_FUTEX = 240, NR_SET_ROBUST_LIST = 311, NR_FUTEX_TIME64 = 422 };
enum { WAIT, WAKE, REQUEUE = 3, LOCK_PI = 6, UNLOCK_PI, TRYLOCK_PI, LOCK_PI2 = 13, PRIVATE = 128, REALTIME = 256 };
#define WAITERS 0x80000000u
#define OWNER_DIED 0x40000000u
#define ALARM 10 // SIGUSR1

static struct shared {
    volatile unsigned word, order;
    struct entry {
        struct entry *next;
        volatile unsigned word;
    } robust;
    struct head {
        struct entry *first;
        long distance;
        struct entry *pending;
    } head;
} *shared;

static int futex(unsigned operation) {
    return CALL(NR_FUTEX, P(&shared->word), operation, 0, 0, 0, 0);
}

static void show(const char *what, int result) {
    printf("%s: %d\n", what, result);
}

static void show_word(const char *what, pid_t owner) {
    unsigned word = shared->word, id = word & ~(WAITERS | OWNER_DIED);
    printf("%s:%s%s %s\n", what, word & WAITERS ? " waiters" : "", word & OWNER_DIED ? " died" : "",
           id == 0                  ? "nobody's"
           : id == (unsigned)owner  ? "as it should be"
           : id == (unsigned)getpid() ? "mine"
                                    : "another's");
}

static void until_waiting(void) {
    while ((shared->word & WAITERS) == 0)
        rest(1);
    rest(60);
}

static void alone(void) {
    show("locked", futex(LOCK_PI));
    show_word("locked", getpid());
    show("again", futex(LOCK_PI));
    show("tried again", futex(TRYLOCK_PI));
    show("unlocked", futex(UNLOCK_PI));
    show_word("unlocked", 0);
    show("unlocked again", futex(UNLOCK_PI));
    show("tried", futex(TRYLOCK_PI | PRIVATE));
    show_word("tried", getpid());
    show("unlocked", futex(UNLOCK_PI | PRIVATE));
    show("the second kind", futex(LOCK_PI2));
    show("unlocked", futex(UNLOCK_PI));
    shared->word = OWNER_DIED;
    show("of one that died", futex(LOCK_PI));
    show_word("of one that died", getpid());
    show("unlocked", futex(UNLOCK_PI));
    show_word("unlocked", 0);
    shared->word = 4000000;
    show("of nobody", futex(LOCK_PI));
    show_word("of nobody", 4000000);
    shared->word = 4000000 | WAITERS;
    show("unlocked for another", futex(UNLOCK_PI));
    shared->word = 0;
    show("at no word", CALL(NR_FUTEX, P(&shared->word) + 1, LOCK_PI, 0, 0, 0, 0));
    show("at nowhere", CALL(NR_FUTEX, 16, LOCK_PI, 0, 0, 0, 0));
    show("unlocked at nowhere", CALL(NR_FUTEX, 16, UNLOCK_PI, 0, 0, 0, 0));
    show("a time from nowhere", CALL(NR_FUTEX, P(&shared->word), LOCK_PI, 0, 16, 0, 0));
}

static void let_child_show(const char *what, unsigned operation) {
    pid_t child = start_child();
    if (child == 0) {
        show(what, futex(operation));
        end_child(0);
    }
    end_of(child);
}

// A child that takes the lock when it can, and its place in the order of those.
static pid_t locking_child(const char *what, unsigned operation) {
    pid_t child = start_child();
    if (child == 0) {
        int result = futex(operation);
        printf("%s: %d, place %u\n", what, result, ++shared->order);
        show_word(what, getpid());
        fflush(stdout);
        end_child(futex(UNLOCK_PI));
    }
    until_waiting();
    return child;
}

static void in_a_row(void) {
    futex(LOCK_PI);
    pid_t first = locking_child("first", LOCK_PI), second = locking_child("second", LOCK_PI2);
    show_word("awaited", getpid());
    show("woken instead", futex(WAKE));
    let_child_show("tried", TRYLOCK_PI);
    printf("unlocks\n");
    fflush(stdout);
    int result = futex(UNLOCK_PI);
    int first_end = end_of(first), second_end = end_of(second);
    printf("unlocked: %d, then %x %x\n", result, (unsigned)first_end, (unsigned)second_end);
    show_word("free", 0);
}

static void timed(void) {
    futex(LOCK_PI);
    pid_t child = start_child();
    if (child == 0) {
        long long past[2] = {0, 1}, bad[2] = {1, 1000000000};
        struct timespec soon;
        show("past", CALL(NR_FUTEX_TIME64, P(&shared->word), LOCK_PI, 0, P(past), 0, 0));
        show("past, the second kind", CALL(NR_FUTEX_TIME64, P(&shared->word), LOCK_PI2, 0, P(past), 0, 0));
        show("no time", CALL(NR_FUTEX_TIME64, P(&shared->word), LOCK_PI, 0, P(bad), 0, 0));
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec += 5000000;
        if (soon.tv_nsec >= 1000000000)
            soon.tv_sec++, soon.tv_nsec -= 1000000000;
        long long later[2] = {soon.tv_sec, soon.tv_nsec};
        show("soon", CALL(NR_FUTEX_TIME64, P(&shared->word), LOCK_PI, 0, P(later), 0, 0));
        show("by that clock", CALL(NR_FUTEX_TIME64, P(&shared->word), LOCK_PI2 | REALTIME, 0, P(later), 0, 0));
        show("the first kind by that clock", CALL(NR_FUTEX_TIME64, P(&shared->word), LOCK_PI | REALTIME, 0, P(later), 0, 0));
        end_child(0);
    }
    end_of(child);
    show_word("nobody waits any more", getpid());
    show("unlocked", futex(UNLOCK_PI));
    show_word("unlocked", 0);
}

static void note(int number) {
    printf("signal %d\n", number);
}

static void interrupted(void) {
    futex(LOCK_PI);
    pid_t child = start_child();
    if (child == 0) {
        handle_with(ALARM, note, 0);
        show("made again", futex(LOCK_PI));
        end_child(0);
    }
    until_waiting();
    kill(child, ALARM);
    rest(20);
    int result = futex(UNLOCK_PI);
    end_of(child);
    show("unlocked", result);
    show_word("its owner has ended", child);
    show("locked", futex(LOCK_PI));
    shared->word = 0;
    futex(LOCK_PI);
    pid_t killed = locking_child("never", LOCK_PI);
    kill(killed, SIGKILL);
    end_of(killed);
    show_word("who waited was killed", getpid());
    show("unlocked", futex(UNLOCK_PI));
    show_word("unlocked", 0);
}

static void owner_ends(int robust) {
    struct gate gate;
    make_gate(&gate);
    pid_t owner = start_child();
    if (owner == 0) {
        if (robust) {
            shared->robust = (struct entry){(struct entry *)(P(&shared->head) | 1), 0};
            shared->head = (struct head){(struct entry *)(P(&shared->robust) | 1), 0, NULL};
            shared->head.distance = (long)(P(&shared->word) - P(&shared->robust));
            CALL(NR_SET_ROBUST_LIST, P(&shared->head), sizeof shared->head);
        }
        futex(LOCK_PI);
        open_gate(&gate);
        until_waiting();
        kill(getpid(), SIGKILL);
    }
    pass_gate(&gate);
    show("left", futex(LOCK_PI));
    show_word("left", getpid());
    end_of(owner);
    show("unlocked", futex(UNLOCK_PI));
    show_word("unlocked", 0);
}

static void mixed(void) {
    shared->word = 5;
    shared->order = 0;
    pid_t child = start_child();
    if (child == 0) {
        shared->order = 1;
        show("woken", CALL(NR_FUTEX, P(&shared->word), WAIT, 5, 0, 0, 0));
        end_child(0);
    }
    while (shared->order == 0)
        rest(1);
    rest(100); // on a busy host, too, it waits by then
    shared->word = (unsigned)child;
    show("where another waits otherwise", futex(LOCK_PI));
    shared->word = (unsigned)getpid();
    show("unlocked where another waits otherwise", futex(UNLOCK_PI));
    int woken = CALL(NR_FUTEX, P(&shared->word), WAKE, 1, 0, 0, 0);
    end_of(child); // it tells what it saw first
    show("woken", woken);
    shared->word = 0;
    futex(LOCK_PI);
    pid_t waits = locking_child("after all", LOCK_PI);
    show("moved", CALL(NR_FUTEX, P(&shared->word), REQUEUE, 1, 1, P(&shared->order), 0));
    shared->word = 5 | WAITERS;
    show("unlocked after the word was changed", futex(UNLOCK_PI));
    let_child_show("locked after the word was changed", LOCK_PI);
    shared->word = (unsigned)getpid() | WAITERS;
    int result = futex(UNLOCK_PI);
    end_of(waits);
    show("unlocked", result);
}

int main(void) {
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    alone();
    in_a_row();
    timed();
    interrupted();
    owner_ends(0);
    owner_ends(1);
    mixed();
    return 0;
}
