// SPDX-License-Identifier: 0BSD
// How threads end, and what their process does then: joins by CLONE_CHILD_CLEARTID, the first thread going first,
// exit of one and of all, execve by a thread that is not the first, and signals that end all.
#include "child_process.h"
#include "futex_locks.h"

static volatile int tids[4];
static volatile int ran;

static int count(void *argument) {
    __sync_fetch_and_add(&ran, *(int *)argument);
    return 0;
}

static int sleep_then_exit(void *argument) {
    rest(*(int *)argument);
    syscall(SYS_exit_group, 23);
    return 0;
}

static int sleep_then_end(void *argument) {
    rest(*(int *)argument);
    return 77;
}

static int execute(void *argument) {
    char **arguments = argument;
    char *again[] = {arguments[0], (char *)"executed", (char *)"", NULL};
    char number[16];
    snprintf(number, sizeof number, "%d", getpid());
    again[2] = number;
    execv("/proc/self/exe", again);
    return 1;
}

static int wait_for_ever(void *argument) {
    (void)argument;
    for (;;)
        pause();
}

static int fault(void *argument) {
    (void)argument;
    *(volatile int *)8 = 1;
    return 0;
}

static void joins(void) {
    int one = 1, ids[4];
    for (int i = 0; i < 4; i++)
        ids[i] = start_thread(count, &one, &tids[i]);
    int differ = ids[0] != ids[1] && ids[0] != getpid();
    for (int i = 0; i < 4; i++)
        join_thread(&tids[i]);
    printf("joined: ran %d, ids %d, cleared %d\n", ran, differ, (tids[0] | tids[1] | tids[2] | tids[3]) == 0);
}

static int in_a_child(void (*work)(char **), char **arguments) {
    pid_t child = start_child();
    if (child == 0) {
        work(arguments);
        _exit(99);
    }
    return end_of(child);
}

static void first_goes_first(char **arguments) {
    static int milliseconds = 60;
    (void)arguments;
    start_thread(sleep_then_end, &milliseconds, &tids[0]);
    syscall(SYS_exit, 5);
}

static void another_ends_all(char **arguments) {
    static int milliseconds = 20;
    (void)arguments;
    start_thread(sleep_then_exit, &milliseconds, &tids[0]);
    wait_for_ever(NULL);
}

static void first_gone_then_all(char **arguments) {
    static int milliseconds = 60;
    (void)arguments;
    start_thread(sleep_then_exit, &milliseconds, &tids[0]);
    syscall(SYS_exit, 5);
}

static void thread_executes(char **arguments) {
    start_thread(wait_for_ever, NULL, &tids[0]);
    start_thread(execute, arguments, &tids[1]);
    wait_for_ever(NULL);
}

static void thread_faults(char **arguments) {
    (void)arguments;
    start_thread(fault, NULL, &tids[0]);
    wait_for_ever(NULL);
}

static void killed_from_outside(void) {
    struct gate ready;
    make_gate(&ready);
    pid_t child = start_child();
    if (child == 0) {
        start_thread(wait_for_ever, NULL, &tids[0]);
        open_gate(&ready);
        syscall(SYS_exit, 0); // the first thread is gone, the process is not
    }
    pass_gate(&ready);
    rest(30);
    printf("the first thread has ended: still there %d, to be seen %d\n", waitpid(child, NULL, WNOHANG),
           kill(child, 0));
    kill(child, SIGTERM);
    printf("a signal ends the rest: %d\n", WTERMSIG(end_of(child)));
}

static volatile int handled_by;

static void note_who(int number) {
    (void)number;
    handled_by = (int)syscall(SYS_gettid);
}

static int wait_for_signal(void *argument) {
    (void)argument;
    while (handled_by == 0)
        rest(5);
    return 0;
}

static void who_handles(void) {
    handle_with(SIGUSR1, note_who, 0);
    change_mask(SIG_BLOCK, SIGUSR1);
    kill(getpid(), SIGUSR1);
    printf("blocked by the only thread: pending %d\n", is_pending(SIGUSR1));
    change_mask(SIG_UNBLOCK, SIGUSR1);
    printf("handled by me: %d\n", handled_by == getpid());
    handled_by = 0;
    start_thread(wait_for_signal, NULL, &tids[0]);
    int thread = tids[0];
    change_mask(SIG_BLOCK, SIGUSR1);
    kill(getpid(), SIGUSR1);
    join_thread(&tids[0]);
    printf("blocked here: handled by the other %d\n", handled_by == thread);
    while (syscall(SYS_tkill, thread, 0) == 0) // its last steps come after the join
        sched_yield();
    printf("a thread that has ended: %d, %d\n", result_of((int)syscall(SYS_tgkill, getpid(), thread, SIGUSR1)),
           result_of((int)syscall(SYS_tkill, thread, 0)));
}

static void addresses(void) {
    static volatile int word = 5;
    printf("the address is told: %d\n", syscall(SYS_set_tid_address, &word) == syscall(SYS_gettid));
    pid_t child = start_child();
    if (child == 0) {
        syscall(SYS_set_tid_address, &word);
        syscall(SYS_exit, 0);
    }
    end_of(child);
    printf("nobody shares it: %d\n", word);
}

int main(int number, char **arguments) {
    if (number > 1) {
        printf("executed: the same process %d, one thread %d\n", atoi(arguments[2]) == getpid(),
               getpid() == syscall(SYS_gettid));
        return 31;
    }
    joins();
    printf("the first thread goes first: %x\n", (unsigned)in_a_child(first_goes_first, arguments));
    printf("another ends all: %x\n", (unsigned)in_a_child(another_ends_all, arguments));
    printf("the first is gone, another ends all: %x\n", (unsigned)in_a_child(first_gone_then_all, arguments));
    printf("another executes: %x\n", (unsigned)in_a_child(thread_executes, arguments));
    printf("another faults: %x\n", (unsigned)in_a_child(thread_faults, arguments));
    killed_from_outside();
    who_handles();
    addresses();
    return 0;
}
